"""The table as it is read."""

from tests.load.table import Row, table

RESULTS = {
    "Natter": {"memory_shared": 2_400.0, "handshakes": 6_000.0, "astray": 0.0},
    "stock": {"memory_shared": 56_600.0, "handshakes": 1_852.0},
}


def lines_of(text: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in line.split("  ") if cell.strip()] for line in text.split("\n")
    ]


def test_measures_go_down_and_servers_across() -> None:
    header, memory, handshakes, astray = lines_of(table(RESULTS, "Natter"))
    assert header == ["Natter", "stock", "target", "row"]
    assert memory[1:] == ["2.40", "56.6", "3.00", "met", "memory_shared"]
    assert handshakes[1:] == ["6,000", "1,852", "8,000", "missed by 25%", "handshakes"]
    assert astray[1:] == ["0", "-", "0", "met", "astray"]


def test_a_measure_that_nobody_took_has_no_row() -> None:
    assert "cursor" not in table(RESULTS, "Natter")


def test_a_single_lost_delivery_misses_the_target() -> None:
    last = lines_of(table({"Natter": {"astray": 1.0}}, "Natter"))[-1]
    assert last[-2:] == ["missed", "astray"]


def test_columns_are_aligned() -> None:
    header, *rows = table(RESULTS, "Natter").split("\n")
    end = header.index("stock") + len("stock")
    assert all(row[end - 1] != " " and row[end] == " " for row in rows)


def test_rows_without_a_target_are_always_met() -> None:
    assert Row("bus_single", "bus").met(1e9)


def test_other_rows_make_another_table() -> None:
    shown = lines_of(table({"A": {"x": 2.0}}, "A", [Row("x", "a number", target=1.0)]))
    assert shown[1:] == [["a number", "2.00", "1.00", "missed by 100%", "x"]]
