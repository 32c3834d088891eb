"""The table: a row per measure, a column per server, and the targets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.ai.settings import AiSettings

FLUSH_MS: Final[int] = AiSettings.model_fields["flush_ms"].default

type Results = Mapping[str, Mapping[str, float]]
"""Findings by the server's name."""

_NOTHING: Final = "-"
_KILO: Final = 1000
_PER_MEGA: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Row:
    """One measure: its key in the findings, how it is called, and the design's target."""

    key: str
    label: str
    target: float | None = None
    more_is_better: bool = False
    scale: float = 1.0

    def met(self, value: float) -> bool:
        """Return whether `value`, already scaled, reaches the target."""
        if self.target is None:
            return True
        return value >= self.target if self.more_is_better else value <= self.target


ROWS: Final = (
    Row("memory_shared", "memory of an idle connection, one group, KB", 3, scale=1 / _KILO),
    Row("memory_own", "memory of an idle connection, own group each, KB", 8, scale=1 / _KILO),
    Row("cpu_wide", "CPU a delivery, 500 sockets a group, us", 9),
    Row("reads_wide", "  frames that came with one read"),
    Row("cpu_joined", "the same, four publications at once, us", 2.5),
    Row("reads_joined", "  frames that came with one read"),
    Row("cpu_single", "CPU a delivery, one socket a group, us", 20),
    Row("bus_single", "  and of its bus (nats-server, redis), us"),
    Row("handshakes", "handshakes a second and core", 8_000, more_is_better=True),
    Row("latency_p50", "publish to socket, p50, ms", 2),
    Row("latency_p99", "publish to socket, p99, ms", 5),
    Row("resume_ring", "back with a cursor, from memory, p95, ms", 3),
    Row("resume_stream", "back with a cursor, from the stream, p95, ms", 20),
    Row("astray", "deliveries too few or too many", 0),
    Row("chunk_p50", "100 answers at once: chunk to socket, p50, ms", 15),
    Row("chunk_p99", f"  p99, of which {FLUSH_MS} are the flush window", 60 + FLUSH_MS),
    Row("chunk_waited", "  share of the time that ai waited for a core"),
    Row("chunk_lost", "  words that never came", 0),
    Row("chunk_frames", "  chunks that came with one frame"),
    Row("chunk_ai", "  CPU of ai a chunk, us", 150),
    Row("chunk_gateway", "  of the gateway, us"),
    Row("chunk_bus", "  of nats-server, us"),
    Row("chunk_memory", "  memory of ai after it, MB", scale=_PER_MEGA),
    Row("few_frames", "20 answers at once: chunks that came with one frame"),
    Row("few_ai", "  CPU of ai a chunk, us"),
    Row("few_gateway", "  of the gateway, us"),
    Row("few_bus", "  of nats-server, us"),
    Row("few_stored", "  bytes in TURBO_STREAM a chunk"),
    Row("few_logged", "  in AI_TEXT, which is shortened as it goes"),
    Row("first_p50", "first token: from the endpoint to the socket, p50, ms", 30),
    Row("first_p95", "  p95, ms"),
    Row("first_asked", "  before that, from the stored job to the endpoint, p50, ms"),
    Row("stop_p50", "stop at web to closed endpoint, p50, ms", 100),
    Row("stop_max", "  the longest of 50, ms", 100),
    Row("provider_single_ours", "reading an answer, a chunk a read: CPU a chunk, us"),
    Row("provider_single_typed", "  the SDK's typed stream"),
    Row("provider_single_bytes", "  the SDK's bytes, unread"),
    Row("provider_together_ours", "the same, 64 chunks a read"),
    Row("provider_together_typed", "  the SDK's typed stream"),
    Row("provider_together_bytes", "  the SDK's bytes, unread"),
    Row("markdown_bytes", "a 32 KB answer: bytes to a viewer, times its final HTML", 6),
    Row("markdown_bytes_list", "  one 32 KB list", 10),
    Row("markdown_bytes_table", "  one 32 KB table", 10),
    Row("markdown_bytes_code", "  one 32 KB code block", 10),
    Row("markdown_bytes_growth", "  growth of bytes, 1k to 10k tokens"),
    Row("markdown_bytes_growth_on", "  10k to 40k tokens"),
    Row("markdown_cpu_1k", "CPU to render an answer of 1k tokens, ms"),
    Row("markdown_cpu_10k", "  10k tokens, ms", 200),
    Row("markdown_cpu_40k", "  40k tokens, ms"),
    Row("markdown_cpu_list", "  one 32 KB list, ms"),
    Row("markdown_cpu_table", "  one 32 KB table, ms"),
    Row("markdown_cpu_code", "  one 32 KB code block, ms"),
    Row("markdown_cpu_growth", "  growth of CPU, 1k to 10k tokens"),
    Row("markdown_cpu_growth_on", "  10k to 40k tokens"),
    Row("memory_web_rest", "memory at rest: web, MB", scale=_PER_MEGA),
    Row("memory_realtime_rest", "  realtime", scale=_PER_MEGA),
    Row("memory_ai_rest", "  ai", scale=_PER_MEGA),
    Row("memory_nats_rest", "  nats-server", scale=_PER_MEGA),
    Row("memory_database_rest", "  PostgreSQL", scale=_PER_MEGA),
    Row("memory_web_worked", "after 600 pages and 260 questions: web, MB", scale=_PER_MEGA),
    Row("memory_realtime_worked", "  realtime", scale=_PER_MEGA),
    Row("memory_ai_worked", "  ai", scale=_PER_MEGA),
    Row("memory_nats_worked", "  nats-server", scale=_PER_MEGA),
    Row("memory_database_worked", "  PostgreSQL", scale=_PER_MEGA),
    Row("page_web", "a chat's page, 20 messages: CPU of web, ms"),
    Row("page_database", "  of PostgreSQL, ms"),
    Row("token_web", "a token for one more connection: CPU of web, ms"),
    Row("token_database", "  of PostgreSQL, ms"),
    Row("question_web", "a question and its recorded answer: CPU of web, ms"),
    Row("question_database", "  of PostgreSQL, ms"),
    Row("question_bus", "  of nats-server, ms"),
    Row("outbox_one", "publications a second from the outbox, one web"),
    Row("outbox_two", "  two"),
    Row("page_js", "a chat's page: JavaScript after gzip, KB", 60, scale=1 / _KILO),
    Row("page_css", "  CSS, KB", 20, scale=1 / _KILO),
    Row("chat_long_cold", "a chat of 1,000 messages: web's time, first view, p50, ms", 50),
    Row("chat_short_cold", "  a chat of 30"),
    Row("chat_long_warm", "  the 1,000 again, ms", 50),
    Row("chat_short_warm", "  the 30 again"),
    Row("chat_long_elements", "  elements in the first paint, 1,000 messages", 2_000),
    Row("chat_short_elements", "  30 messages"),
    Row("chat_long_painted", "  from navigation to painted, 1,000 messages, p50, ms", 300),
    Row("chat_short_painted", "  30 messages"),
    Row("search_slowest", "search over 100,000 messages, the slowest of these, p50, ms", 50),
    Row("search_frequent", "  a word that nearly all have"),
    Row("search_rare", "  a word that few have"),
    Row("search_pair", "  two words"),
    Row("search_part", "  a part of a word"),
    Row("search_short", "  two letters that begin a word"),
    Row("search_phrase", "  three words in a row"),
    Row("search_nothing", "  what is not there"),
    Row("search_scan", "  PostgreSQL's ILIKE for the same, the slowest"),
    Row("search_scan_fastest", "  the fastest"),
    Row("search_stored", "  messages stored and indexed a second"),
    Row("streaming_longest", "an answer of 10,000 tokens grows: the page's longest task, ms", 100),
    Row("streaming_tasks", "  its tasks of 50 ms or more"),
    Row("tabs_unequal", "20 tabs of one chat: tabs that end with another DOM", 0),
    Row("tabs_skew", "  from the first that has an answer's end to the last, ms"),
    Row("bus_unheard", "a publication: CPU of nats-server, nobody listens, us"),
    Row("bus_busy", "  as fast as one publisher can"),
    Row("bus_once", "  one gateway listens"),
    Row("bus_each", "  each further gateway adds"),
    Row("bus_crowded", "  beside 100,000 subscriptions to other groups"),
    Row("bus_rate", "  stored in a second, one publisher"),
    Row("bus_connection", "memory of nats-server: a connection, KB", scale=1 / _KILO),
    Row("bus_interest", "  a subscription, KB", scale=1 / _KILO),
    Row("cluster_unheard", "three nodes, three copies: CPU of all a publication, us"),
    Row("cluster_busy", "  as fast as one publisher can"),
    Row("cluster_leader", "  of which the busiest node has"),
    Row("cluster_each", "  one gateway at each node listens"),
    Row("cluster_rate", "  stored in a second, one publisher"),
    Row("cluster_single_rate", "  the same with one copy"),
    Row("cluster_interest", "  memory of a subscription at its own node, KB", scale=1 / _KILO),
    Row("cluster_interest_far", "  and at another one, KB", scale=1 / _KILO),
)


def table(results: Results, ours: str, rows: Sequence[Row] = ROWS) -> str:
    """Lay `results` out; behind them are targets, whether `ours` reaches them, and rows' keys."""
    names = list(results)
    lines = [["", *names, "target", "", "row"]]
    for row in rows:
        values = [results[name].get(row.key) for name in names]
        if any(value is not None for value in values):
            target = _NOTHING if row.target is None else _shown(row.target)
            cells = [_NOTHING if v is None else _shown(v * row.scale) for v in values]
            verdict = _verdict(row, results.get(ours, {}).get(row.key))
            lines.append([row.label, *cells, target, verdict, row.key])
    return _aligned(lines)


def _shown(value: float) -> str:
    """Three significant digits."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _verdict(row: Row, value: float | None) -> str:
    if row.target is None or value is None:
        return ""
    scaled = value * row.scale
    if row.met(scaled):
        return "met"
    if row.target == 0:
        return "missed"
    return f"missed by {abs(scaled - row.target) / row.target:.0%}"


def _aligned(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if number in {0, len(line) - 2, len(line) - 1} else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
