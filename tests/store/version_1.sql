-- What the first release of the schema left in a file: definitions, records and their journal.
PRAGMA application_id = 1129467220;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'crmtui','m001_definitions_people_journal','2026-01-02 03:04:20.779932+00:00');
CREATE TABLE "account" (
  id INTEGER PRIMARY KEY,
  stage TEXT,
  status TEXT,
  "name" TEXT,
  "revenue" INTEGER,
  status_since TEXT,
  revision INTEGER NOT NULL DEFAULT 1,
  created_at TEXT NOT NULL,
  created_by INTEGER NOT NULL REFERENCES crm_user(id),
  updated_at TEXT NOT NULL,
  updated_by INTEGER NOT NULL REFERENCES crm_user(id),
  removed_at TEXT,
  type_id INTEGER GENERATED ALWAYS AS (1) VIRTUAL,
  CHECK ((stage IS NULL) = (status IS NULL)),
  FOREIGN KEY (type_id, stage, status) REFERENCES crm_status(type_id, stage, key)
) STRICT;
INSERT INTO "account" VALUES(1,NULL,NULL,'Acme',125050,NULL,1,'2026-01-02T03:04:31.129Z',1,'2026-01-02T03:04:31.129Z',1,NULL);
INSERT INTO "account" VALUES(2,NULL,NULL,'Bolt',NULL,NULL,1,'2026-01-02T03:04:31.263Z',1,'2026-01-02T03:04:31.263Z',1,NULL);
CREATE TABLE "crm_act" (
   "id" INTEGER PRIMARY KEY,
   "at" TEXT NOT NULL,
   "actor_id" INTEGER NOT NULL REFERENCES "crm_user"("id"),
   "command" TEXT NOT NULL
) STRICT;
INSERT INTO "crm_act" VALUES(25,'2026-01-02T03:04:31.129Z',1,'record add account name=… revenue=…');
INSERT INTO "crm_act" VALUES(26,'2026-01-02T03:04:31.263Z',1,'record add account name=…');
INSERT INTO "crm_act" VALUES(27,'2026-01-02T03:04:31.403Z',1,'record add deal name=… account=… value=… rate=… seats=… source=… notes=… met=…');
INSERT INTO "crm_act" VALUES(28,'2026-01-02T03:04:31.522Z',1,'record add deal name=… account=… hot=… closed=…');
INSERT INTO "crm_act" VALUES(29,'2026-01-02T03:04:31.642Z',1,'record add deal name=…');
INSERT INTO "crm_act" VALUES(30,'2026-01-02T03:04:31.788Z',1,'record move deal/2 won');
INSERT INTO "crm_act" VALUES(31,'2026-01-02T03:04:31.891Z',1,'record set deal/1 seats=…');
INSERT INTO "crm_act" VALUES(32,'2026-01-02T03:04:32.000Z',1,'record remove deal/3');
INSERT INTO "crm_act" VALUES(33,'2026-01-02T03:04:32.118Z',1,'record add old x=… gone=…');
INSERT INTO "crm_act" VALUES(34,'2026-01-02T03:04:32.228Z',1,'field remove old.gone');
INSERT INTO "crm_act" VALUES(35,'2026-01-02T03:04:32.379Z',1,'type remove old');
INSERT INTO "crm_act" VALUES(36,'2026-01-02T03:04:32.509Z',1,'option remove deal.source.fair');
INSERT INTO "crm_act" VALUES(37,'2026-01-02T03:04:33.068Z',1,'stage rename deal.lead enquiry');
CREATE TABLE "crm_field" (
   "id" INTEGER PRIMARY KEY,
   "key" TEXT NOT NULL,
   "label" TEXT,
   "label_zh" TEXT,
   "position" INTEGER NOT NULL,
   "retired_at" TEXT,
   "purged_at" TEXT,
   "skeleton" TEXT,
   "type_id" INTEGER NOT NULL REFERENCES "crm_type"("id"),
   "kind" TEXT NOT NULL,
   "help" TEXT,
   "help_zh" TEXT,
   "is_required" INTEGER,
   "is_unique" INTEGER,
   "is_indexed" INTEGER,
   "is_title" INTEGER,
   "default_text" TEXT,
   "minimum" TEXT,
   "maximum" TEXT,
   "max_length" INTEGER,
   "pattern" TEXT,
   "scale" INTEGER,
   "currency" TEXT,
   "target_id" INTEGER REFERENCES "crm_type"("id")
) STRICT;
INSERT INTO "crm_field" VALUES(1,'name',NULL,NULL,1,NULL,NULL,'name',1,'text',NULL,NULL,1,1,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "crm_field" VALUES(2,'revenue',NULL,NULL,2,NULL,NULL,'revenue',1,'money',NULL,NULL,NULL,NULL,NULL,NULL,NULL,'0',NULL,NULL,NULL,2,'USD',NULL);
INSERT INTO "crm_field" VALUES(3,'name',NULL,NULL,1,NULL,NULL,'name',2,'text',NULL,NULL,1,NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "crm_field" VALUES(4,'account',NULL,NULL,2,NULL,NULL,'account',2,'link',NULL,NULL,NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO "crm_field" VALUES(5,'value',NULL,NULL,3,NULL,NULL,'value',2,'money',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,2,'CNY',NULL);
INSERT INTO "crm_field" VALUES(6,'closed',NULL,NULL,4,NULL,NULL,'closed',2,'date',NULL,NULL,NULL,NULL,NULL,NULL,'today',NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "crm_field" VALUES(7,'rate',NULL,NULL,5,NULL,NULL,'rate',2,'decimal',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,3,NULL,NULL);
INSERT INTO "crm_field" VALUES(8,'seats',NULL,NULL,6,NULL,NULL,'seats',2,'integer',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'100',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "crm_field" VALUES(9,'hot',NULL,NULL,7,NULL,NULL,'hot',2,'boolean',NULL,NULL,NULL,NULL,NULL,NULL,'true',NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "crm_field" VALUES(10,'met',NULL,NULL,8,NULL,NULL,'met',2,'datetime',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "crm_field" VALUES(11,'notes',NULL,NULL,9,NULL,NULL,'notes',2,'longtext',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "crm_field" VALUES(12,'source',NULL,NULL,10,NULL,NULL,'source',2,'choice',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "crm_field" VALUES(13,'x',NULL,NULL,1,NULL,NULL,'x',3,'text',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "crm_field" VALUES(14,'gone',NULL,NULL,2,'2026-01-02T03:04:32.239Z',NULL,'gone',3,'text',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE "crm_journal" (
   "id" INTEGER PRIMARY KEY,
   "act_id" INTEGER NOT NULL REFERENCES "crm_act"("id"),
   "type_id" INTEGER,
   "record_id" INTEGER,
   "op" TEXT NOT NULL,
   "status_before" INTEGER,
   "status_after" INTEGER,
   "changes" TEXT
) STRICT;
INSERT INTO "crm_journal" VALUES(25,25,1,1,'add',NULL,NULL,'{"1":"Acme","2":125050}');
INSERT INTO "crm_journal" VALUES(26,26,1,2,'add',NULL,NULL,'{"1":"Bolt"}');
INSERT INTO "crm_journal" VALUES(27,27,2,1,'add',NULL,1,'{"3":"Big","4":1,"5":9950,"7":1125,"8":5,"12":"web","11":"a\nb","10":"2026-01-02T10:00:00Z","6":"2026-01-02","9":1}');
INSERT INTO "crm_journal" VALUES(28,28,2,2,'add',NULL,1,'{"3":"Small","4":2,"9":0,"6":"2026-05-01"}');
INSERT INTO "crm_journal" VALUES(29,29,2,3,'add',NULL,1,'{"3":"Third","6":"2026-01-02","9":1}');
INSERT INTO "crm_journal" VALUES(30,30,2,2,'move',1,3,NULL);
INSERT INTO "crm_journal" VALUES(31,31,2,1,'set',NULL,NULL,'{"8":[5,6]}');
INSERT INTO "crm_journal" VALUES(32,32,2,3,'remove',NULL,NULL,NULL);
INSERT INTO "crm_journal" VALUES(33,33,3,1,'add',NULL,NULL,'{"13":"1","14":"2"}');
INSERT INTO "crm_journal" VALUES(34,34,3,NULL,'configure',NULL,NULL,'{"verb":"remove","noun":"field","ref":"old.gone","values":{}}');
INSERT INTO "crm_journal" VALUES(35,35,3,NULL,'configure',NULL,NULL,'{"verb":"remove","noun":"type","ref":"old","values":{}}');
INSERT INTO "crm_journal" VALUES(36,36,2,NULL,'configure',NULL,NULL,'{"verb":"remove","noun":"option","ref":"deal.source.fair","values":{}}');
INSERT INTO "crm_journal" VALUES(37,37,2,NULL,'configure',NULL,NULL,'{"verb":"rename","noun":"stage","ref":"deal.lead","values":{"key":"enquiry"},"before":{"key":"lead"}}');
CREATE TABLE "crm_option" (
   "id" INTEGER PRIMARY KEY,
   "key" TEXT NOT NULL,
   "label" TEXT,
   "label_zh" TEXT,
   "position" INTEGER NOT NULL,
   "retired_at" TEXT,
   "purged_at" TEXT,
   "skeleton" TEXT,
   "field_id" INTEGER NOT NULL REFERENCES "crm_field"("id"),
   "color" TEXT
) STRICT;
INSERT INTO "crm_option" VALUES(1,'web','Website',NULL,1,NULL,NULL,'web',12,NULL);
INSERT INTO "crm_option" VALUES(2,'fair','Trade fair',NULL,2,'2026-01-02T03:04:32.521Z',NULL,'fair',12,NULL);
CREATE TABLE "crm_stage" (
   "id" INTEGER PRIMARY KEY,
   "key" TEXT NOT NULL,
   "label" TEXT,
   "label_zh" TEXT,
   "position" INTEGER NOT NULL,
   "retired_at" TEXT,
   "purged_at" TEXT,
   "skeleton" TEXT,
   "type_id" INTEGER NOT NULL REFERENCES "crm_type"("id"),
   "category" TEXT NOT NULL,
   "outcome" TEXT,
   "color" TEXT
) STRICT;
INSERT INTO "crm_stage" VALUES(1,'enquiry','Lead',NULL,1,NULL,NULL,'enquiry',2,'open',NULL,NULL);
INSERT INTO "crm_stage" VALUES(2,'won',NULL,NULL,2,NULL,NULL,'won',2,'closed','won',NULL);
CREATE TABLE "crm_status" (
   "id" INTEGER PRIMARY KEY,
   "key" TEXT NOT NULL,
   "label" TEXT,
   "label_zh" TEXT,
   "position" INTEGER NOT NULL,
   "retired_at" TEXT,
   "purged_at" TEXT,
   "skeleton" TEXT,
   "type_id" INTEGER NOT NULL REFERENCES "crm_type"("id"),
   "stage_id" INTEGER NOT NULL REFERENCES "crm_stage"("id"),
   "stage" TEXT NOT NULL,
   "category" TEXT NOT NULL,
   "outcome" TEXT
) STRICT;
INSERT INTO "crm_status" VALUES(1,'open','Open','进行中',1,NULL,NULL,'open',2,1,'enquiry','open',NULL);
INSERT INTO "crm_status" VALUES(2,'waiting',NULL,NULL,2,NULL,NULL,'waiting',2,1,'enquiry','open',NULL);
INSERT INTO "crm_status" VALUES(3,'closed','Closed','已关闭',1,NULL,NULL,'closed',2,2,'won','closed','won');
CREATE TABLE "crm_type" (
   "id" INTEGER PRIMARY KEY,
   "key" TEXT NOT NULL,
   "label" TEXT,
   "label_zh" TEXT,
   "position" INTEGER NOT NULL,
   "retired_at" TEXT,
   "purged_at" TEXT,
   "skeleton" TEXT,
   "description" TEXT,
   "description_zh" TEXT,
   "category" TEXT
) STRICT;
INSERT INTO "crm_type" VALUES(1,'account','Account','客户',1,NULL,NULL,'account',NULL,NULL,'Sales & Marketing');
INSERT INTO "crm_type" VALUES(2,'deal','Deal',NULL,2,NULL,NULL,'deal',NULL,NULL,'销售');
INSERT INTO "crm_type" VALUES(3,'old',NULL,NULL,3,'2026-01-02T03:04:32.392Z',NULL,'old',NULL,NULL,'old_things');
INSERT INTO "crm_type" VALUES(4,'odd',NULL,NULL,4,NULL,NULL,'odd',NULL,NULL,'category_1');
INSERT INTO "crm_type" VALUES(5,'odd2',NULL,NULL,5,NULL,NULL,'odd2',NULL,NULL,'!!!');
CREATE TABLE "crm_user" (
   "id" INTEGER PRIMARY KEY,
   "key" TEXT NOT NULL,
   "uid" INTEGER,
   "administrator" INTEGER,
   "created_at" TEXT
) STRICT;
INSERT INTO "crm_user" VALUES(1,'ada',4242,1,'2026-01-02T03:04:20.782Z');
CREATE TABLE "deal" (
  id INTEGER PRIMARY KEY,
  stage TEXT,
  status TEXT,
  "name" TEXT,
  "account" INTEGER REFERENCES "account"(id),
  "value" INTEGER,
  "closed" TEXT,
  "rate" INTEGER,
  "seats" INTEGER,
  "hot" INTEGER,
  "met" TEXT,
  "notes" TEXT,
  "source" TEXT,
  status_since TEXT,
  revision INTEGER NOT NULL DEFAULT 1,
  created_at TEXT NOT NULL,
  created_by INTEGER NOT NULL REFERENCES crm_user(id),
  updated_at TEXT NOT NULL,
  updated_by INTEGER NOT NULL REFERENCES crm_user(id),
  removed_at TEXT,
  type_id INTEGER GENERATED ALWAYS AS (2) VIRTUAL,
  CHECK ((stage IS NULL) = (status IS NULL)),
  FOREIGN KEY (type_id, stage, status) REFERENCES crm_status(type_id, stage, key)
) STRICT;
INSERT INTO "deal" VALUES(1,'enquiry','open','Big',1,9950,'2026-01-02',1125,6,1,'2026-01-02T10:00:00Z','a
b','web','2026-01-02T03:04:31.403Z',2,'2026-01-02T03:04:31.403Z',1,'2026-01-02T03:04:31.891Z',1,NULL);
INSERT INTO "deal" VALUES(2,'won','closed','Small',2,NULL,'2026-05-01',NULL,NULL,0,NULL,NULL,NULL,'2026-01-02T03:04:31.788Z',2,'2026-01-02T03:04:31.522Z',1,'2026-01-02T03:04:31.788Z',1,NULL);
INSERT INTO "deal" VALUES(3,'enquiry','open','Third',NULL,NULL,'2026-01-02',NULL,NULL,1,NULL,NULL,NULL,'2026-01-02T03:04:31.642Z',2,'2026-01-02T03:04:31.642Z',1,'2026-01-02T03:04:32.000Z',1,'2026-01-02T03:04:32.000Z');
CREATE TABLE "odd" (
  id INTEGER PRIMARY KEY,
  stage TEXT,
  status TEXT,
  status_since TEXT,
  revision INTEGER NOT NULL DEFAULT 1,
  created_at TEXT NOT NULL,
  created_by INTEGER NOT NULL REFERENCES crm_user(id),
  updated_at TEXT NOT NULL,
  updated_by INTEGER NOT NULL REFERENCES crm_user(id),
  removed_at TEXT,
  type_id INTEGER GENERATED ALWAYS AS (4) VIRTUAL,
  CHECK ((stage IS NULL) = (status IS NULL)),
  FOREIGN KEY (type_id, stage, status) REFERENCES crm_status(type_id, stage, key)
) STRICT;
CREATE TABLE "odd2" (
  id INTEGER PRIMARY KEY,
  stage TEXT,
  status TEXT,
  status_since TEXT,
  revision INTEGER NOT NULL DEFAULT 1,
  created_at TEXT NOT NULL,
  created_by INTEGER NOT NULL REFERENCES crm_user(id),
  updated_at TEXT NOT NULL,
  updated_by INTEGER NOT NULL REFERENCES crm_user(id),
  removed_at TEXT,
  type_id INTEGER GENERATED ALWAYS AS (5) VIRTUAL,
  CHECK ((stage IS NULL) = (status IS NULL)),
  FOREIGN KEY (type_id, stage, status) REFERENCES crm_status(type_id, stage, key)
) STRICT;
CREATE TABLE "old" (
  id INTEGER PRIMARY KEY,
  stage TEXT,
  status TEXT,
  "x" TEXT,
  "gone" TEXT,
  status_since TEXT,
  revision INTEGER NOT NULL DEFAULT 1,
  created_at TEXT NOT NULL,
  created_by INTEGER NOT NULL REFERENCES crm_user(id),
  updated_at TEXT NOT NULL,
  updated_by INTEGER NOT NULL REFERENCES crm_user(id),
  removed_at TEXT,
  type_id INTEGER GENERATED ALWAYS AS (3) VIRTUAL,
  CHECK ((stage IS NULL) = (status IS NULL)),
  FOREIGN KEY (type_id, stage, status) REFERENCES crm_status(type_id, stage, key)
) STRICT;
INSERT INTO "old" VALUES(1,NULL,NULL,'1','2',NULL,1,'2026-01-02T03:04:32.118Z',1,'2026-01-02T03:04:32.118Z',1,NULL);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE UNIQUE INDEX "idx_crm_user_key"
    ON "crm_user" ("key");
CREATE UNIQUE INDEX "idx_crm_user_uid"
    ON "crm_user" ("uid");
CREATE UNIQUE INDEX "idx_crm_type_key"
    ON "crm_type" ("key");
CREATE UNIQUE INDEX "idx_crm_type_skeleton"
    ON "crm_type" ("skeleton");
CREATE UNIQUE INDEX "idx_crm_field_type_id_key"
    ON "crm_field" ("type_id", "key");
CREATE UNIQUE INDEX "idx_crm_field_type_id_skeleton"
    ON "crm_field" ("type_id", "skeleton");
CREATE INDEX "idx_crm_field_target_id"
    ON "crm_field" ("target_id");
CREATE UNIQUE INDEX "idx_crm_option_field_id_key"
    ON "crm_option" ("field_id", "key");
CREATE UNIQUE INDEX "idx_crm_option_field_id_skeleton"
    ON "crm_option" ("field_id", "skeleton");
CREATE UNIQUE INDEX "idx_crm_stage_type_id_key"
    ON "crm_stage" ("type_id", "key");
CREATE UNIQUE INDEX "idx_crm_stage_type_id_skeleton"
    ON "crm_stage" ("type_id", "skeleton");
CREATE UNIQUE INDEX "idx_crm_status_type_id_stage_key"
    ON "crm_status" ("type_id", "stage", "key");
CREATE UNIQUE INDEX "idx_crm_status_stage_id_skeleton"
    ON "crm_status" ("stage_id", "skeleton");
CREATE INDEX "idx_crm_journal_type_id_record_id"
    ON "crm_journal" ("type_id", "record_id");
CREATE UNIQUE INDEX "crm_unique_1" ON "account" ("name") WHERE removed_at IS NULL;
CREATE INDEX "crm_sort_1" ON "account" ("name" COLLATE NOCASE, id, removed_at) WHERE removed_at IS NULL;
CREATE INDEX "crm_sort_3" ON "deal" ("name" COLLATE NOCASE, id, removed_at) WHERE removed_at IS NULL;
CREATE INDEX "crm_sort_4" ON "deal" ("account");
CREATE INDEX "crm_board_2_5" ON "deal" (stage, "value", id, removed_at) WHERE removed_at IS NULL;
CREATE INDEX "crm_cards_2" ON "deal" (stage, status_since, id, removed_at) WHERE removed_at IS NULL;
COMMIT;
