# What it makes, each only if it is not there as it should be:
#   the account      no password, no files of its own; nobody logs in as it but by a key
#   $folder          0700, with the workspace, 0600
#   $library         what sshd and sudo start, root's
#   an sshd          of its own on a port of its own, or a block in the one there is
#   a sudo rule      for people with an account on this machine, in the group $locals
#
# To take it back: stop and remove the sshd or the block, remove $library, $settings and
# /etc/sudoers.d/crmtui. The account and $folder hold the data; they are yours to remove.

say() { printf '%s\n' "$*" >&2; }
fail() { say "setup: $*"; exit 1; }

# place MODE PATH: standard input becomes a file of root's
place() {
    umask 077
    cat > "$2.new"
    chown root:root "$2.new"
    chmod "$1" "$2.new"
    mv -f "$2.new" "$2"
    say "wrote $2"
}

library=/usr/lib/crmtui
settings=/etc/crmtui
home=$library/home
workspace=$folder/crm.db

[ "$(id -u)" = 0 ] || fail "run it as root"
command -v sshd > /dev/null || [ -x /usr/sbin/sshd ] || fail "there is no sshd: install openssh-server"
sshd=$(PATH=$PATH:/usr/sbin command -v sshd)

# -- the account ------------------------------------------------------------------------------
install -d -o root -g root -m 0755 "$library" "$home"
if ! id "$account" > /dev/null 2>&1; then
    useradd --system --user-group --home-dir "$home" --no-create-home --shell /bin/sh "$account"
    say "made the account $account"
fi
# '*' is no password, and unlike '!' none that sshd takes for a locked account.
usermod --password '*' "$account"
getent group "$locals" > /dev/null || groupadd --system "$locals"

as_account() { runuser -u "$account" -- env -i PATH=/usr/bin:/bin HOME="$home" "$@"; }

as_account "$python" -I -c 'import crmtui.gateway' ||
    fail "the account $account cannot run crmtui with $python -I:
install it where every account may read it, as in: python3 -m venv /opt/crmtui && /opt/crmtui/bin/pip install crmtui"

# -- the workspace ----------------------------------------------------------------------------
install -d -o "$account" -g "$account" -m 0700 "$folder"
if [ ! -e "$workspace" ]; then
    as_account "$python" -I -m crmtui init --db "$workspace" > /dev/null
    say "made the workspace $workspace"
fi
for each in "$workspace" "$workspace"-wal "$workspace"-shm "$workspace".lock; do
    if [ -e "$each" ]; then
        chown "$account:$account" "$each"
        chmod 0600 "$each"
    fi
done
if [ -d "$workspace.files" ]; then
    chown -R "$account:$account" "$workspace.files"
    chmod -R u=rwX,go= "$workspace.files"
fi

# -- what sshd and sudo start -----------------------------------------------------------------
place 0755 "$library/authorized-keys" << END
#!/bin/sh
# sshd asks with the fingerprint of the key that somebody offers.
[ \$# -eq 1 ] || exit 1
exec '$python' -I -m crmtui ssh authorized-keys --db '$workspace' -- "\$1"
END
place 0755 "$library/local" << END
#!/bin/sh
# sudo starts this for people on this machine; what they typed comes behind --.
exec '$python' -I -m crmtui.gateway --db '$workspace' -- "\$@"
END
place 0755 "/usr/local/bin/$account" << END
#!/bin/sh
exec sudo -u '$account' '$library/local' "\$@"
END
place 0755 "/usr/local/sbin/$account-admin" << END
#!/bin/sh
# For root: crmtui as the owner of the workspace, who may do everything.
exec runuser -u '$account' -- env -i PATH=/usr/bin:/bin HOME='$home' LANG="\$LANG" TERM="\$TERM" \\
    '$python' -I -m crmtui --db '$workspace' "\$@"
END

if command -v visudo > /dev/null; then
    place 0440 /etc/sudoers.d/crmtui.draft << END
Defaults!$library/local env_reset, !setenv, use_pty
Defaults!$library/local env_keep = "COLORTERM LANG LC_ALL LC_CTYPE TZ"
%$locals ALL=($account) NOPASSWD:NOSETENV: $library/local
END
    if visudo -cqf /etc/sudoers.d/crmtui.draft; then
        mv -f /etc/sudoers.d/crmtui.draft /etc/sudoers.d/crmtui
    else
        rm -f /etc/sudoers.d/crmtui.draft
        fail "sudo would not take its rule; nothing was changed there"
    fi
else
    say "there is no sudo: people of this machine come over SSH like all others"
fi

# -- sshd -------------------------------------------------------------------------------------
install -d -o root -g root -m 0755 "$settings"
if [ "$way" = own ]; then
    [ -e "$settings/host_ed25519" ] ||
        ssh-keygen -q -t ed25519 -N '' -C "crmtui@$(hostname)" -f "$settings/host_ed25519"
    place 0644 "$settings/sshd_config" << END
Port $port
HostKey $settings/host_ed25519
PidFile none
AllowUsers $account
AuthenticationMethods publickey
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
AuthorizedKeysFile none
AuthorizedKeysCommand $library/authorized-keys %f
AuthorizedKeysCommandUser $account
PermitUserEnvironment no
PermitUserRC no
DisableForwarding yes
PermitTunnel no
PermitTTY yes
PrintMotd no
PrintLastLog no
ClientAliveInterval 30
ClientAliveCountMax 4
LoginGraceTime 20
MaxAuthTries 4
MaxSessions 10
LogLevel VERBOSE
# No AcceptEnv and no Subsystem: what is not here is not let in.
END
    config=$settings/sshd_config
    mkdir -p /run/sshd
    "$sshd" -t -f "$config" || fail "sshd would not take $config"
    if [ -d /run/systemd/system ]; then
        place 0644 /etc/systemd/system/crmtui-sshd.service << END
[Unit]
Description=The way in to the workspace $workspace
After=network.target

[Service]
ExecStartPre=$sshd -t -f $config
ExecStart=$sshd -D -f $config
ExecReload=/bin/kill -HUP \$MAINPID
Restart=on-failure
RuntimeDirectory=sshd
RuntimeDirectoryMode=0755
RuntimeDirectoryPreserve=yes
# A session in full screen takes about 60 MB; this keeps them from taking the machine.
MemoryMax=75%
TasksMax=4096

[Install]
WantedBy=multi-user.target
END
        systemctl daemon-reload
        systemctl enable --now crmtui-sshd.service
        systemctl reload-or-restart crmtui-sshd.service
    else
        say "start it with: $sshd -f $config"
    fi
else
    config=/etc/ssh/sshd_config
    port=22
    grep -qiE '^[[:space:]]*Include[[:space:]]+/etc/ssh/sshd_config\.d/' "$config" ||
        fail "$config includes no /etc/ssh/sshd_config.d/*.conf; put the block below at its end yourself"
    place 0644 /etc/ssh/sshd_config.d/crmtui.conf << END
Match User $account
    AuthenticationMethods publickey
    AuthorizedKeysFile none
    AuthorizedKeysCommand $library/authorized-keys %f
    AuthorizedKeysCommandUser $account
    PasswordAuthentication no
    KbdInteractiveAuthentication no
    DisableForwarding yes
    PermitTunnel no
    PermitUserRC no
    X11Forwarding no
    PermitTTY yes
Match all
END
    if ! "$sshd" -t; then
        rm -f /etc/ssh/sshd_config.d/crmtui.conf
        fail "sshd would not take the block; it is removed again"
    fi
    if [ -d /run/systemd/system ]; then
        systemctl reload ssh.service 2> /dev/null || systemctl reload sshd.service
    else
        say "have sshd read its configuration again: kill -HUP its process"
    fi
fi

# -- what comes next --------------------------------------------------------------------------
"$python" -I -m crmtui ssh doctor --db "$workspace" --sshd-config "$config" >&2 || true
cat << END
Who is to come in, as root:
  $account-admin user add alice
  $account-admin ssh authorize alice - < alice.pub > /dev/null
Who has an account on this machine, besides: usermod -aG $locals alice, and then just: $account

For the ~/.ssh/config of each of them; with it, only the first command of a minute connects anew:
  Host $account
      HostName $(hostname -f 2> /dev/null || hostname)
      Port $port
      User $account
      IdentitiesOnly yes
      IdentityFile ~/.ssh/id_ed25519
      ControlMaster auto
      ControlPath ~/.ssh/control-%C
      ControlPersist 60
END
