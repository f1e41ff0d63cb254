"""What `crmtui import` takes for a file of records, rule by rule: the good beside the bad."""

import csv
import io
import json
import os
import threading
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmtui.store import delimited
from crmtui.store.errors import CrmError, Misused, Refused
from crmtui.store.reading import BadRow, Source, open_source

SHARED = Path(__file__).parents[2].parent / "shared"
SPECTRUM = SHARED / "cases" / "csv-spectrum"

TEXT = st.text(st.characters(exclude_characters="\0", codec="utf-8"))


def source_of(content: bytes | str, name: str = "file.csv", **stated) -> Source:
    data = content.encode() if isinstance(content, str) else content
    return open_source(io.BytesIO(data), name=name, **stated)


def values_of(content: bytes | str, name: str = "file.csv", **stated) -> list:
    """The values of every row, none of which may be bad."""
    rows = list(source_of(content, name, **stated).rows)
    assert [row.error for row in rows if isinstance(row, BadRow)] == []
    return [values for _, values in rows]


def refusal_of(content: bytes | str, name: str = "file.csv", **stated) -> CrmError:
    """The error that opening the file, or reading its rows, ends with."""
    with pytest.raises(CrmError) as caught:
        list(source_of(content, name, **stated).rows)
    return caught.value


def bad_rows_of(content: bytes | str, name: str = "file.csv", **stated) -> list[tuple]:
    """The line and code of every bad row; the other rows must be there as well."""
    rows = list(source_of(content, name, **stated).rows)
    assert any(isinstance(row, tuple) for row in rows)
    return [(row.line, row.error.code) for row in rows if isinstance(row, BadRow)]


def shared_file(*parts: str) -> Path:
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{path.name} is not beside the repository")
    return path


class TestWhatIsFoundOut:
    def test_a_source_tells_format_encoding_delimiter_and_columns(self):
        source = source_of("name;city\nAda;Paris\n")
        assert (source.format, source.encoding, source.delimiter) == ("csv", "utf-8", ";")
        assert source.columns == ["name", "city"]
        assert list(source.rows) == [(2, ["Ada", "Paris"])]

    @pytest.mark.parametrize(
        ("name", "format"),
        [
            ("a.csv", "csv"),
            ("A.CSV", "csv"),
            ("a.tsv", "tsv"),
            ("a.tab", "tsv"),
            ("a.json", "json"),
            ("a.ndjson", "ndjson"),
            ("a.jsonl", "ndjson"),
        ],
    )
    def test_the_suffix_tells_the_format(self, name, format):
        content = '{"a": 1}\n' if "json" in format else "a\tb\n"
        assert source_of(content, name).format == format

    @pytest.mark.parametrize(
        ("content", "format"),
        [
            ("a,b\n1,2\n", "csv"),
            (' \n [{"a": 1}]', "json"),
            ('{"a": 1}', "json"),
            ('{\n  "a": 1\n}\n', "json"),
            ('{"a": 1}\n{"a": 2}\n', "ndjson"),
            ('{"a": 1}\n\n', "json"),
        ],
    )
    def test_without_a_telling_suffix_the_content_does(self, content, format):
        assert source_of(content, "<stdin>").format == format

    def test_a_csv_file_may_begin_with_a_bracket(self):
        assert source_of("[id],name\n1,Ada\n").columns == ["[id]", "name"]

    def test_what_is_stated_wins(self):
        source = source_of("[a;b\n1;2\n", "x.json", format="csv", delimiter=";", encoding="latin-1")
        assert (source.format, source.delimiter, source.columns) == ("csv", ";", ["[a", "b"])

    def test_a_stated_delimiter_makes_it_csv(self):
        assert source_of("{a|b\n1|2\n", "<stdin>", delimiter="|").format == "csv"

    def test_a_tab_may_be_spelled_out(self):
        assert values_of("a\tb\n1\t2\n", delimiter=r"\t") == [["1", "2"]]

    @pytest.mark.parametrize(
        "stated",
        [
            {"format": "xml"},
            {"delimiter": ""},
            {"delimiter": "::"},
            {"delimiter": '"'},
            {"format": "json", "delimiter": ","},
            {"format": "tsv", "delimiter": ","},
        ],
    )
    def test_statements_that_make_no_sense_are_misuse(self, stated):
        assert isinstance(refusal_of("a,b\n", **stated), Misused)

    @pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.json", "a.ndjson", "<stdin>"])
    @pytest.mark.parametrize("content", [b"", b"\n\r\n  \n", b"\xef\xbb\xbf"])
    def test_a_file_without_text_is_empty(self, name, content):
        assert refusal_of(content, name).code == "empty-file"

    @pytest.mark.parametrize(
        ("content", "name"),
        [("a,b\n", "a.csv"), ("a\tb", "a.tsv"), ("[]", "a.json"), (" [ ] \n", "<stdin>")],
    )
    def test_a_file_may_have_no_rows(self, content, name):
        assert values_of(content, name) == []

    def test_the_callers_stream_stays_open(self):
        stream = io.BytesIO(b"a,b\n1,2\n")
        list(open_source(stream, name="a.csv").rows)
        assert not stream.closed

    @pytest.mark.parametrize("content", ["a,b\n1,2\n3,4\n", '{"a": 1}\n{"b": 2}\n'])
    def test_a_pipe_is_read_like_a_file(self, content):
        reading, writing = os.pipe()

        def write():
            with open(writing, "wb") as pipe:
                pipe.write(content.encode())

        writer = threading.Thread(target=write)
        writer.start()
        with open(reading, "rb") as pipe:
            assert not pipe.seekable()
            rows = list(open_source(pipe, name="<stdin>").rows)
        writer.join()
        assert rows == list(source_of(content, "<stdin>").rows)

    def test_rows_are_read_as_they_are_asked_for(self):
        stream = io.BytesIO(b"a,b\n" + b"1,2\n" * 1_000_000)
        source = open_source(stream, name="a.csv")
        next(source.rows)
        assert stream.tell() < 100_000


class TestEncoding:
    TEXT = "客户,城市\n曾惠,杭州\nZoë 😀,Köln\n"

    @pytest.mark.parametrize(
        ("codec", "mark", "reported"),
        [
            ("utf-8", "", "utf-8"),
            ("utf-8", "\ufeff", "utf-8-sig"),
            ("utf-16-le", "\ufeff", "utf-16"),
            ("utf-16-be", "\ufeff", "utf-16"),
            ("utf-32-le", "\ufeff", "utf-32"),
            ("utf-32-be", "\ufeff", "utf-32"),
            ("utf-16-le", "", "utf-16-le"),
            ("utf-16-be", "", "utf-16-be"),
            ("gb18030", "\ufeff", "gb18030"),
        ],
    )
    def test_unicode_is_told_by_its_mark_or_its_bytes(self, codec, mark, reported):
        source = source_of((mark + self.TEXT).encode(codec))
        assert source.encoding == reported
        assert source.columns == ["客户", "城市"]
        assert [row[1] for row in source.rows] == [["曾惠", "杭州"], ["Zoë 😀", "Köln"]]

    @pytest.mark.parametrize("codec", ["gb2312", "gbk", "gb18030"])
    def test_chinese_of_before_unicode_is_gb18030(self, codec):
        source = source_of("地区,经理\n东北,楚杰\n华东,T恤，洪光\n".encode(codec), "managers.txt")
        assert source.encoding == "gb18030"
        assert [row[1] for row in source.rows][0] == ["东北", "楚杰"]

    @pytest.mark.parametrize(
        "text",
        [
            "Müller",
            "Größe",
            "OPERAÇÃO",
            "MAÇÃ",
            "São Paulo",
            "Müßig, Größe, Öl, Übermaß",
            "naïveté à l'œuvre: ça brûle",
            "Привет мир",
            "日本語のテキスト",
            "客戶資料與訂單",
            "°C ±5 £3 ©®",
        ],
    )
    def test_other_encodings_never_become_chinese(self, text):
        for codec in ("cp1252", "cp1251", "koi8-r", "shift_jis", "euc_jp", "big5"):
            try:
                data = f"name;note\n1;{text}\n".encode(codec)
            except UnicodeEncodeError:
                continue
            error = refusal_of(data)
            assert (error.code, error.hint) == ("unknown-encoding", "--encoding NAME")

    def test_a_stated_encoding_is_taken(self):
        assert values_of("name\nMüller\n".encode("cp1252"), encoding="cp1252") == [["Müller"]]

    @pytest.mark.parametrize("stated", ["utf-8", "UTF8", "utf-8-sig"])
    @pytest.mark.parametrize("mark", ["", "\ufeff"])
    def test_a_mark_never_gets_into_the_first_name(self, stated, mark):
        assert source_of(mark + "名,b\n1,2\n", encoding=stated).columns == ["名", "b"]

    @pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
    @pytest.mark.parametrize("mark", ["", "\ufeff"])
    def test_utf16_may_be_stated_without_byte_order(self, codec, mark):
        data = (mark + "a,b\n1,2\n").encode(codec)
        assert values_of(data, encoding="utf-16") == [["1", "2"]]
        assert values_of(data, encoding=codec) == [["1", "2"]]

    def test_a_mark_that_contradicts_the_stated_encoding_is_refused(self):
        error = refusal_of("\ufeffa,b\n", encoding="gbk")
        assert (error.code, error.hint) == ("encoding-mismatch", "--encoding utf-8-sig")

    @pytest.mark.parametrize("stated", ["klingon", "base64", "rot13", "idna", "undefined", "a\0b"])
    def test_an_encoding_that_there_is_not_is_refused(self, stated):
        assert refusal_of("a,b\n", encoding=stated).code == "no-such-encoding"

    def test_a_byte_that_is_not_in_the_stated_encoding_is_named(self):
        error = refusal_of("a,b\n1,ü\n".encode("latin-1"), encoding="utf-8")
        assert str(error) == "file.csv line 2: byte 7 (0xFC) is not utf-8  [undecodable-byte]"

    @pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.json", "a.ndjson"])
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_a_broken_byte_deep_in_utf8_is_named(self, name, end):
        begin = f'{{"a": "é"}}{end}'.encode() * 200_000
        error = refusal_of(begin + b"x\xff\n", name)
        assert error.code == "undecodable-byte"
        assert (error.facts["line"], error.facts["position"]) == (200_001, len(begin) + 2)

    def test_a_character_cut_off_by_the_end_of_the_file_is_named(self):
        whole = "a,b\n" + "1,é\n" * 20
        error = refusal_of(whole.encode() + "2,é".encode()[:-1])
        assert (error.code, error.facts["line"]) == ("undecodable-byte", 22)
        assert error.facts["position"] == len(whole.encode()) + 3

    def test_chinese_behind_a_million_bytes_of_ascii_is_found(self):
        begin = b"a,b\n" + b"1,2\n" * 500_000
        source = source_of(begin + "3,东北\n".encode("gbk"))
        assert source.encoding == "gb18030"
        assert list(source.rows)[-1] == (500_002, ["3", "东北"])
        assert refusal_of(begin + "3,Müller\n".encode("latin-1")).code == "unknown-encoding"
        assert source_of(begin + "3,é\n".encode()).encoding == "utf-8"


class TestDelimiter:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_it_is_found_out(self, delimiter):
        text = "name,age,note\nAda,36,x\nBob,7,\n".replace(",", delimiter)
        assert source_of(text).delimiter == delimiter
        assert values_of(text) == [["Ada", "36", "x"], ["Bob", "7", ""]]

    def test_it_may_be_found_within_values_too(self):
        assert source_of("name;price\nA;1,50\nB;2,50\nC;3\n").delimiter == ";"
        assert source_of("name,tags\nA,x;y\nB,\n").delimiter == ","
        assert source_of('name;note\nA;"a, b, c\nd, e"\nB;"f, g"\n').delimiter == ";"

    def test_a_bad_row_does_not_hide_it(self):
        assert source_of("a;b;c\n1;2;3\n1;2\n1,2;3;4\n").delimiter == ";"

    def test_a_header_alone_shows_it(self):
        assert source_of("a|b|c").columns == ["a", "b", "c"]

    def test_one_column_needs_none(self):
        assert values_of("name\nAda\nBob\n") == [["Ada"], ["Bob"]]
        assert source_of("name\nAda\n").delimiter == ","

    def test_a_full_width_comma_is_text(self):
        assert source_of("客户，城市\n甲，乙\n").columns == ["客户，城市"]

    def test_a_record_longer_than_what_is_looked_at_does_no_harm(self):
        assert values_of(f'a;b\n1;"{"x, " * 50_000}"\n')[0][0] == "1"


class TestHeader:
    def test_names_are_trimmed_of_every_kind_of_space(self):
        assert source_of(' id ,\xa0name,"\u3000城市\t"\n').columns == ["id", "name", "城市"]

    def test_it_is_the_first_row_that_is_not_blank(self):
        assert list(source_of("\n  \na,b\n1,2\n").rows) == [(4, ["1", "2"])]

    def test_unnamed_columns_at_its_end_are_dropped(self):
        assert values_of("a,b,,\n1,2,,\n3,4, ,\n5,6\n") == [["1", "2"], ["3", "4"], ["5", "6"]]

    def test_but_not_a_value_in_them(self):
        assert bad_rows_of("a,b,,\n1,2,,\n3,4,,x\n") == [(3, "value-without-column")]

    def test_every_other_column_needs_a_name(self):
        error = refusal_of("a,,c\n1,2,3\n")
        assert (error.code, error.facts["position"]) == ("unnamed-column", 2)

    def test_names_differ(self):
        error = refusal_of("a,b, a\n1,2,3\n")
        assert (error.code, error.facts["column"]) == ("repeated-column", "a")
        assert (error.facts["first"], error.facts["second"]) == (1, 3)

    def test_there_must_be_a_name(self):
        assert refusal_of(",,\n1,2,3\n").code == "no-header"

    def test_no_name_holds_a_nul(self):
        assert refusal_of("a,b\0\n1,2\n").code == "nul-in-header"


class TestCsv:
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_lines_end_in_any_of_three_ways(self, end):
        assert list(source_of(f"a,b{end}1,2{end}{end}3,4").rows) == [
            (2, ["1", "2"]),
            (4, ["3", "4"]),
        ]

    def test_quoted_values_hold_delimiters_quotes_and_line_breaks(self):
        text = 'a,b\r\n"x, y","say ""hi"""\r\n"one\r\ntwo\nthree",4\r\n5,6\r\n'
        assert list(source_of(text).rows) == [
            (2, ["x, y", 'say "hi"']),
            (3, ["one\r\ntwo\nthree", "4"]),
            (6, ["5", "6"]),
        ]

    def test_values_are_never_trimmed(self):
        assert values_of("a,b\n 1 ,\xa0x\xa0\n") == [[" 1 ", "\xa0x\xa0"]]

    def test_a_quote_within_an_unquoted_value_is_text(self):
        assert values_of('a,b\n5" disk,x\n') == [['5" disk', "x"]]

    def test_an_empty_value_is_not_a_blank_line(self):
        assert values_of('a,b\n"",\n\nx,y\n') == [["", ""], ["x", "y"]]

    def test_a_row_of_empty_values_is_a_row(self):
        assert values_of("a,b\n,\n1,2\n") == [["", ""], ["1", "2"]]

    def test_a_row_of_another_width_is_bad_and_the_others_are_not(self):
        rows = list(source_of("a,b\n1,2\n1,2,3\n1\n3,4\n").rows)
        assert [row for row in rows if isinstance(row, tuple)] == [(2, ["1", "2"]), (5, ["3", "4"])]
        long, short = (row for row in rows if isinstance(row, BadRow))
        assert (long.line, long.error.code, long.raw_values) == (3, "ragged-row", ["1", "2", "3"])
        assert long.error.facts == {"file": "file.csv", "line": 3, "found": 3, "expected": 2}
        assert (short.line, short.error.facts["found"]) == (4, 1)

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
    def test_a_row_with_a_nul_is_bad_and_the_others_are_not(self, encoding):
        text = "a,b\n1,东\n1,\0\n3,北\n"
        assert bad_rows_of(text.encode(encoding), encoding=encoding) == [(3, "nul-in-row")]

    def test_a_nul_does_not_make_it_utf16(self):
        assert source_of(b"a,b\n1,\0\n2,x\n").encoding == "utf-8"
        assert source_of("a,b\n1,东北\0\n2,华东\n".encode("gbk")).encoding == "gb18030"

    def test_an_unclosed_quote_is_named_by_the_line_it_opens_on(self):
        error = refusal_of('a,b\n1,2\n"x\ny",3\n4,"never\n5,6\n' + "7,8\n" * 1000)
        assert (error.code, error.facts["line"]) == ("unclosed-quote", 5)

    def test_so_it_is_in_the_header(self):
        assert refusal_of('a,"b\n1,2\n').code == "unclosed-quote"

    def test_text_after_a_closing_quote_is_an_error(self):
        error = refusal_of('a,b\n1,2\n1,"abc"def\n')
        assert (error.code, error.facts["line"], error.facts["opened"]) == (
            "text-after-quote",
            3,
            3,
        )

    def test_which_is_how_a_quote_shows_that_the_next_quote_closes(self):
        error = refusal_of('a,b\n1,"never closed\n2,x\n3,"y"\n')
        assert (error.code, error.facts["line"], error.facts["opened"]) == (
            "text-after-quote",
            4,
            2,
        )

    def test_rows_before_the_fault_have_been_read(self):
        rows = source_of('a,b\n1,2\n1,"abc"def\n').rows
        assert next(rows) == (2, ["1", "2"])
        with pytest.raises(Refused):
            next(rows)

    def test_a_value_may_be_large(self):
        assert values_of(f"a,b\n1,{'x' * 1_000_000}\n")[0][1] == "x" * 1_000_000

    def test_but_not_larger_than_64_mib(self, monkeypatch):
        assert delimited._LARGEST_CELL == 64 << 20
        monkeypatch.setattr(delimited, "_LARGEST_CELL", 1 << 20)
        error = refusal_of(b"a,b\n1," + b"x" * (1 << 20) + b"y\n")
        assert (error.code, error.facts["line"], error.facts["megabytes"]) == (
            "cell-too-large",
            2,
            1,
        )

    @given(
        rows=st.lists(st.lists(TEXT, min_size=2, max_size=2)),
        delimiter=st.sampled_from(",;\t|"),
        end=st.sampled_from(["\n", "\r\n", "\r"]),
        encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
    )
    def test_whatever_is_written_is_read_back(self, rows, delimiter, end, encoding):
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
        writer.writerows([["left", "right"], *rows])
        data = text.getvalue().encode(encoding)
        assert values_of(data, encoding=encoding, delimiter=delimiter) == rows


class TestTsv:
    def test_tabs_divide_and_escapes_stand_for_tabs_line_ends_and_backslashes(self):
        text = "a\tb\nx\\ty\tone\\ntwo\\r\\nthree\n\\\\n\t \n"
        assert values_of(text, "a.tsv") == [["x\ty", "one\ntwo\r\nthree"], ["\\n", " "]]

    def test_a_value_with_any_other_backslash_was_not_escaped(self):
        assert values_of("a\tb\nC:\\temp\\data\tx\\\n", "a.tsv") == [["C:\\temp\\data", "x\\"]]

    def test_quotes_are_text(self):
        assert values_of('a\tb\n"x"\t5" disk\n"y\tz\n', "a.tsv") == [
            ['"x"', '5" disk'],
            ['"y', "z"],
        ]

    @pytest.mark.parametrize("text", ['"a"\t"b"\n"x"\t"y ""z"" \\n"\n', 'a\tb\nx\t"y ""z"" \\n"\n'])
    def test_unless_quoted_names_or_doubled_quotes_show_that_they_quote(self, text):
        source = source_of(text, "a.tsv")
        assert (source.format, source.delimiter) == ("csv", "\t")
        assert list(source.rows) == [(2, ["x", 'y "z" \\n'])]
        assert source_of(text, "a.tsv", format="tsv").format == "tsv"

    def test_tabs_in_a_file_of_another_name_are_csv_with_tabs(self):
        source = source_of('a\tb\n"x, y"\t\\n\n', "unicode.txt")
        assert (source.format, list(source.rows)) == ("csv", [(2, ["x, y", "\\n"])])

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_bad_rows_are_told_as_for_csv(self, end):
        text = "a\tb\t\n1\t2\t\n\n1\n1\t\0\n1\t2\tx\n1\t2\t\t\n\t\n".replace("\n", end)
        assert bad_rows_of(text, "a.tsv") == [
            (4, "ragged-row"),
            (5, "nul-in-row"),
            (6, "value-without-column"),
            (7, "ragged-row"),
        ]

    @given(st.lists(st.lists(TEXT, min_size=2, max_size=2)))
    def test_whatever_is_escaped_is_read_back(self, rows):
        escapes = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
        lines = ["\t".join(value.translate(escapes) for value in row) for row in rows]
        assert values_of("\n".join(["left\tright", *lines]), format="tsv") == rows


class TestJson:
    def test_keys_are_columns_in_order_of_first_appearance(self):
        source = source_of('[{"b": 1, "a": 2},\n {"a": 3, " c ": 4}]', "a.json")
        assert source.columns == ["b", "a", "c"]
        assert list(source.rows) == [(1, [1, 2, None]), (2, [None, 3, 4])]

    def test_one_object_is_one_row(self):
        assert values_of('{\n"a": "x"}\n', "a.json") == [["x"]]

    def test_values_are_exact(self):
        text = '[{"a": 0.10, "b": 12345678901234567890, "c": 1e2, "d": [true, null, {"x": "y"}]}]'
        values = values_of(text, "a.json")[0]
        assert values == [
            Decimal("0.10"),
            12345678901234567890,
            Decimal("1E+2"),
            [True, None, {"x": "y"}],
        ]
        assert str(values[0]) == "0.10"

    @pytest.mark.parametrize(
        ("text", "code", "line", "record"),
        [
            ('[{"a": 1},\n {"a": 1, "a": 2}]', "repeated-key", 2, 2),
            ('[{"a": {"b": 1, "b": 2}}]', "repeated-key", 1, 1),
            ('[{"a": NaN}]', "not-a-number", 1, 1),
            ('[\n\n{"a": -Infinity}]', "not-a-number", 3, 1),
            ('[{"a": 1}, 2]', "not-an-object", 1, 2),
            ('["a"]', "not-an-object", 1, 1),
            ("[[1]]", "not-an-object", 1, 1),
            ('"a"', "not-an-object", 1, 1),
            ('[{"a": 1}\n\n{"a": 2}]', "broken-json", 3, 1),
            ('[{"a": 1},\n]', "broken-json", 2, 2),
            ('[{"a": 1}', "broken-json", 1, 1),
            ('[{"a":\n1,}]', "broken-json", 2, 1),
            ('[{"a": "x\ny"}]', "broken-json", 1, 1),
            ('[{"a": "x\0y"}]', "broken-json", 1, 1),
            ('{"a": 1}\n{"a": 2}', "broken-json", 2, 1),
            ("[]\n[]", "broken-json", 2, 0),
            ('[{"a": ' + "[" * 100_000, "nested-too-deep", 1, 1),
            ('[{"a": ' + "9" * 5000 + "}]", "number-too-large", 1, 1),
            ('[{"a": 1e99999999999999999999}]', "number-too-large", 1, 1),
        ],
    )
    def test_what_is_wrong_is_named_by_line_and_record(self, text, code, line, record):
        error = refusal_of(text, "a.json")
        assert (error.code, error.facts["line"], error.facts["record"]) == (code, line, record)
        assert f"a.json line {line}" in str(error)

    def test_texts_that_cannot_be_stored_make_their_row_bad(self):
        text = r'[{"a": "x\u0000"}, {"a": {"b": ["\ud800"]}}, {"\udfff": 1}, {"a": "\ud83d\ude00"}]'
        source = source_of(text, "a.json")
        bad = [row.error.code for row in list(source.rows) if isinstance(row, BadRow)]
        assert bad == ["nul-in-row", "half-character", "half-character"]
        assert source.columns == ["a"]

    def test_keys_are_distinct_and_not_empty(self):
        assert refusal_of('[{"a": 1, "a ": 2}]', "a.json").code == "repeated-column"
        assert refusal_of('[{"": 1}]', "a.json").code == "unnamed-column"


class TestNdjson:
    def test_an_object_stands_on_each_line(self):
        source = source_of('{"a": 1}\n\n{"b": 0.50, "a": null}\r\n{}', "a.ndjson")
        assert source.columns == ["a", "b"]
        assert list(source.rows) == [
            (1, [1, None]),
            (3, [None, Decimal("0.50")]),
            (4, [None, None]),
        ]

    @pytest.mark.parametrize(
        ("line", "code"),
        [
            ('{"a": 1, "x"', "broken-json"),
            ('{"a": 1} {"a": 2}', "broken-json"),
            ("a,b", "broken-json"),
            ('{"x": 1, "x": 2}', "repeated-key"),
            ('{"x": NaN}', "not-a-number"),
            ("[1]", "not-an-object"),
            ("null", "not-an-object"),
            ('{"x": ' + "[" * 100_000, "nested-too-deep"),
            ('{"x": ' + "9" * 5000 + "}", "number-too-large"),
            (r'{"x": "\u0000"}', "nul-in-row"),
            (r'{"x": "\udC00"}', "half-character"),
        ],
    )
    def test_a_line_that_is_none_is_bad_and_adds_no_column(self, line, code):
        source = source_of(f'{{"a": 1}}\n{line}\n{{"a": 2}}\n', "a.ndjson")
        first, bad, last = source.rows
        assert source.columns == ["a"]
        assert (first, last) == ((1, [1]), (3, [2]))
        assert (bad.line, bad.error.code, bad.raw_values) == (2, code, [line])
        assert bad.error.facts["line"] == bad.error.facts["record"] == 2

    def test_line_separators_of_unicode_are_text(self):
        assert values_of('{"a": "x\u2028y"}\n', "a.ndjson") == [["x\u2028y"]]


class TestFilesOfOthers:
    @pytest.mark.parametrize(
        "case",
        [
            "comma_in_quotes",
            "empty",
            "empty_crlf",
            "escaped_quotes",
            "json",
            "newlines",
            "newlines_crlf",
            "quotes_and_newlines",
            "simple",
            "simple_crlf",
            "utf8",
        ],
    )
    def test_csv_spectrum(self, case):
        data = shared_file("cases", "csv-spectrum", f"{case}.csv").read_bytes()
        if case.endswith("_crlf"):
            # The copies have lost their CRLF, to which the expected values bear witness.
            data = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        source = source_of(data)
        expected = json.loads((SPECTRUM / f"{case}.json").read_text("utf-8"))
        assert [dict(zip(source.columns, row[1], strict=True)) for row in source.rows] == expected

    def test_csv_spectrum_with_quotes_that_do_not_quote(self):
        # Its JSON has another telephone number and half of the columns: it is wrong, not the row.
        data = shared_file("cases", "csv-spectrum", "location_coordinates.csv").read_bytes()
        place = "37\ufffd36'37.8\"N 121\ufffd2'17.9\"W"
        assert values_of(data) == [["2095257564", place, "Modesto", "Stanislaus"]]

    @pytest.mark.parametrize("case", ["comma_in_quotes", "escaped_quotes", "newlines", "utf8"])
    def test_the_json_of_csv_spectrum_gives_the_same_rows(self, case):
        text = shared_file("cases", "csv-spectrum", f"{case}.csv").read_bytes()
        objects = (SPECTRUM / f"{case}.json").read_bytes()
        assert values_of(objects, "a.json") == values_of(text)

    def test_a_chinese_superstore_reads_the_same_in_every_encoding(self):
        path = shared_file("data", "zh-superstore", "订单.utf8bom.csv")
        expected = source_of(path.read_bytes())
        rows = list(expected.rows)
        assert expected.encoding == "utf-8-sig"
        assert expected.columns[:3] == ["行 ID", "订单 ID", "订单日期"]
        assert len(rows) == 10_000
        for data, encoding in [
            (path.with_name("订单.gbk.csv").read_bytes(), "gb18030"),
            (path.read_text("utf-8-sig").encode("utf-16"), "utf-16"),
            (path.read_text("utf-8-sig").encode("utf-16-be"), "utf-16-be"),
        ]:
            source = source_of(data)
            assert (source.encoding, source.columns) == (encoding, expected.columns)
            assert list(source.rows) == rows

    @pytest.mark.parametrize("form", ["gbk", "gb18030", "utf8", "utf8bom"])
    def test_so_do_its_smallest_files(self, form):
        path = shared_file("data", "zh-superstore", f"销售人员.{form}.csv")
        source = source_of(path.read_bytes())
        assert source.columns == ["地区", "地区经理"]
        assert next(source.rows) == (2, ["东北", "楚杰"])

    @pytest.mark.parametrize(
        ("name", "columns"),
        [
            ("客户信息.csv", ["客户id", "年龄", "姓名"]),
            ("产品和数量.csv", ["客户id", "订单日期", "订单ID", "产品", "数量"]),
        ],
    )
    def test_unnamed_columns_of_a_spreadsheet_are_dropped(self, name, columns):
        data = shared_file("data", "zh-small", name).read_bytes()
        assert source_of(data).columns == columns
        assert {len(values) for values in values_of(data)} == {len(columns)}
        assert len(values_of(data)) == 10

    def test_northwind_has_line_breaks_and_padding_in_its_values(self):
        suppliers = source_of(shared_file("data", "northwind", "Suppliers.csv").read_bytes())
        rows = list(suppliers.rows)
        assert len(rows) == 29
        assert rows[3][0] == 5
        assert rows[3][1][4] == "9-8 Sekimai\nMusashino-shi"
        assert rows[4][0] == 7
        regions = values_of(shared_file("data", "northwind", "Regions.csv").read_bytes())
        assert regions[0] == ["1", "Eastern".ljust(50)]
        orders = values_of(shared_file("data", "northwind", "Orders.csv").read_bytes())
        assert "Mataderos \xa02312" in {order[9] for order in orders}

    @pytest.mark.parametrize(
        ("path", "rows"),
        [
            ("maven-crm/sales_pipeline.csv", 8_800),
            ("bank/bank_market.csv", 45_211),
            ("helpdesk/events.csv", 21_348),
            ("telecom/Complaints.csv", 6_587),
            ("northwind/CustomerDemographics.csv", 0),
        ],
    )
    def test_no_row_of_the_others_is_lost_or_bad(self, path, rows):
        assert len(values_of(shared_file("data", *path.split("/")).read_bytes())) == rows
