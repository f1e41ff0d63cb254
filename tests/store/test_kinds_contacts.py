"""E-mail addresses, links and phone numbers."""

import pytest

from crmtui.store.kinds import KINDS
from tests.support.kinds import bad_setting, field, plain, problem, read, shown


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Foo.Bar@EXAMPLE.com", "Foo.Bar@example.com"),
        (" a+tag@example.co.uk ", "a+tag@example.co.uk"),
        ("张三@例子.中国", "张三@例子.中国"),
        ("a@xn--fsqu00a.xn--fiqs8s", "a@例子.中国"),
        ("", None),
        (None, None),
    ],
)
def test_an_email_is_kept_in_its_normal_form(written, stored):
    assert read("email", written) == stored


@pytest.mark.parametrize(
    "written",
    [
        "plain",
        "a@b",
        "a@@example.com",
        "@example.com",
        "a@",
        "a b@example.com",
        "A <a@example.com>",
        "a@example.com, b@example.com",
        "a@[127.0.0.1]",
        "a@exam\nple.com",
        "a" * 300 + "@example.com",
        "x@" + "y" * 10_000_000,
        "\udcff@example.com",
        7,
    ],
)
def test_an_email_refuses(written):
    assert problem("email", written) == "not-an-email"


def test_an_email_is_compared_whole_and_may_have_a_pattern():
    assert KINDS["email"].folded("Foo@example.com", field("email")) == "foo@example.com"
    assert read("email", "a@example.com", pattern=".*@example.com") == "a@example.com"
    assert problem("email", "a@example.org", pattern=".*@example.com") == "pattern"


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("https://example.com/A?b=C#d", "https://example.com/A?b=C#d"),
        ("HTTP://EXAMPLE.com", "http://example.com"),
        ("example.com/x", "https://example.com/x"),
        ("www.example.com:8080/x", "https://www.example.com:8080/x"),
        ("localhost:3000", "https://localhost:3000"),
        ("//example.com", "https://example.com"),
        ("http://intranet/a", "http://intranet/a"),
        ("http://例子.中国/路径", "http://例子.中国/路径"),
        ("http://xn--fsqu00a.xn--fiqs8s", "http://例子.中国"),
        ("http://127.0.0.1/", "http://127.0.0.1/"),
        ("http://[::1]:80/", "http://[::1]:80/"),
        ("ftp://user@files.example.com/a", "ftp://user@files.example.com/a"),
        ("mailto:a@example.com", "mailto:a@example.com"),
        ("TEL:+8613812345678", "tel:+8613812345678"),
        ("", None),
    ],
)
def test_a_url_is_kept_with_its_scheme(written, stored):
    assert read("url", written) == stored


@pytest.mark.parametrize(
    "written",
    [
        "javascript:alert(1)",
        "JavaScript://example.com/%0aalert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "vbscript:x",
        "word",
        "http://",
        "http:example.com",
        "https:///path",
        "mailto:",
        "http://example.com/a b",
        "http://exa\nmple.com",
        "http://example.com\\@evil.com",
        "http://a\u202eb.com",
        "http://example.com:99999",
        "http://example.com:x",
        "http://-a-.com",
        "http://[::1",
        "http://a..b",
        "<script>",
        7,
    ],
)
def test_a_url_refuses_what_is_no_link_or_runs_something(written):
    assert problem("url", written) == "bad-url"


def test_a_url_has_an_end():
    assert problem("url", "http://example.com/" + "x" * 3000) == "too-long"


@pytest.mark.parametrize(
    ("written", "region", "stored"),
    [
        ("13812345678", "CN", "+8613812345678"),
        ("138 1234 5678", "CN", "+8613812345678"),
        ("１３８１２３４５６７８", "CN", "+8613812345678"),
        (13812345678, "CN", "+8613812345678"),
        ("(010) 1234-5678", "CN", "+861012345678"),
        ("010-12345678转12", "CN", "+861012345678;ext=12"),
        ("+86 138 1234 5678", None, "+8613812345678"),
        ("tel:+8613812345678", None, "+8613812345678"),
        ("+1 650-253-0000 ext. 12", "CN", "+16502530000;ext=12"),
        ("+16502530000;ext=12", None, "+16502530000;ext=12"),
        ("+39 06 698 00000", None, "+390669800000"),
        ("0044 20 7946 0018", "FR", "+442079460018"),
        ("", "CN", None),
    ],
)
def test_a_phone_is_kept_as_e164(written, region, stored):
    assert read("phone", written, region=region) == stored


@pytest.mark.parametrize(
    ("written", "region", "code"),
    [
        ("13812345678", None, "no-region"),
        ("138123", "CN", "not-a-phone"),
        ("1381234567890123", "CN", "not-a-phone"),
        ("+999 123456", None, "not-a-phone"),
        ("+86 999 1234 5678", None, "not-a-phone"),
        ("call 13812345678", "CN", "not-a-phone"),
        ("13812345678 or 13912345678", "CN", "not-a-phone"),
        ("1-800-FLOWERS", "US", "not-a-phone"),
        ("+", "CN", "not-a-phone"),
        ("1" * 10_000_000, "CN", "not-a-phone"),
        ({"number": 1}, "CN", "wrong-shape"),
    ],
)
def test_a_phone_refuses_what_is_not_exactly_one_number(written, region, code):
    assert problem("phone", written, region=region) == code


@pytest.mark.parametrize(
    ("region", "style", "expected"),
    [
        (None, None, "+86 138 1234 5678"),
        ("CN", None, "138 1234 5678"),
        ("US", None, "+86 138 1234 5678"),
        ("CN", "international", "+86 138 1234 5678"),
        (None, "national", "138 1234 5678"),
        ("CN", "e164", "+8613812345678"),
    ],
)
def test_a_phone_is_shown_in_the_style_of_its_field(region, style, expected):
    settings = {"region": region, "style": style}
    assert shown("phone", "+8613812345678", **settings) == expected
    assert plain("phone", "+8613812345678", **settings) == "+8613812345678"
    assert read("phone", expected, region="CN") == "+8613812345678"


def test_a_region_is_a_country():
    assert bad_setting("phone", region="XX") == "bad-setting"
    assert bad_setting("phone", default="13812345678") == "no-region"
