"""The languages that are highlighted, and their other names."""

from typing import Final

_NAMES: Final = """
ada: adb ads
awk: gawk
bash: ksh sh shell zsh
batch: bat cmd dosbatch winbatch
bibtex: bib
c: h
clojure: clj cljs
cmake:
coffeescript: coffee
common-lisp: cl lisp
console: bash-session shell-session shellsession
coq: rocq
cpp: arduino c++ cc cxx hh hpp ino
crystal:
csharp: c# cs
css:
cuda: cu
d:
dart:
diff: patch udiff
docker: containerfile dockerfile
elixir: ex exs
emacs-lisp: elisp
erb:
erlang: erl
fish:
fortran: f90 f95
fsharp: f# fs
gas: asm assembly s
gdscript: gd
glsl: frag vert
go: golang
graphql: gql
groovy: gradle
handlebars: hbs mustache
haskell: hs
haxe: hx
hlsl:
html: htm svelte xhtml
ini: cfg conf desktop dotenv editorconfig env systemd
java:
javascript: cjs js mjs node nodejs
jinja: django j2 jinja2 nunjucks
json: geojson ipynb jsonl ndjson
json5: jsonc
jsonnet:
jsx:
julia: jl
kotlin: kt kts
latex: tex
lean: lean4
less:
llvm:
lua: luau
makefile: make mk
markdown: md mdx
matlab: octave
mysql: mariadb
nasm:
nginx:
nim: nimrod
nix: nixos
objective-c: obj-c objc objectivec
ocaml: ml
pascal: delphi
perl: pl
php: php3 php4 php5
postgresql: pgsql plpgsql postgres psql
powershell: ps ps1 pwsh
prolog:
properties: jproperties
protobuf: proto
puppet:
pycon: python-console
python: py py3 python3 pyi sage
pytb: traceback
r: rlang
racket: rkt
rst: rest restructuredtext
ruby: rb
rust: rs
sass:
scala: sbt
scheme: scm
scss:
solidity: sol
sql: bigquery duckdb plsql snowflake sqlite tsql
swift:
systemverilog: sv
tcl:
terraform: hcl opentofu tf
toml:
tsx:
twig:
typescript: cts mts ts
vbnet: vb vb.net
verilog:
vhdl:
vim: viml vimscript
vue:
wast: wat
wgsl:
xml: plist rss svg xsd xslt
yaml: yml
zig:
"""

_KNOWN: Final = {
    name: language
    for language, _, aliases in (line.partition(":") for line in _NAMES.split("\n") if line)
    for name in (language, *aliases.split())
}
LANGUAGES: Final = frozenset(_KNOWN.values())


def known_language(name: str) -> str | None:
    """Return Pygments' name of a language, or None if it is not highlighted."""
    return _KNOWN.get(name.lower())
