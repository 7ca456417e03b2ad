"""References as links that a reader may follow; the page itself loads none of them."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_REFERENCE = re.compile(
    r"(?P<pmid>PMID:?\s?(?P<digits>\d{1,9}))\b|(?:\bdoi:\s?)?(?P<doi>\b10\.\d{4,9}/[^\s;,\"'<>]*[^\s;,.\"'<>)\]])"
    r"|(?P<url>https://[^\s<>\"']*[^\s<>\"'.,;)\]])"
)


def linked(text: str | None) -> Markup:
    """Escape a text and turn PubMed identifiers, DOIs and https addresses in it into links.

    Examples
    --------
    >>> linked("PMID:12 <b>")
    Markup('<a href="https://pubmed.ncbi.nlm.nih.gov/12/" rel="noreferrer noopener">PMID 12</a> &lt;b&gt;')
    """
    pieces: list[Markup] = []
    end = 0
    for found in _REFERENCE.finditer(text or ""):
        pieces.append(escape((text or "")[end : found.start()]))
        if found["pmid"]:
            pieces.append(
                _link(f"https://pubmed.ncbi.nlm.nih.gov/{found['digits']}/", f"PMID {found['digits']}")
            )
        elif found["doi"]:
            # A DOI that is already part of an address is matched by the address, which starts earlier.
            pieces.append(_link(f"https://doi.org/{found['doi']}", f"doi:{found['doi']}"))
        else:
            pieces.append(_link(found["url"], found["url"]))
        end = found.end()
    pieces.append(escape((text or "")[end:]))
    return Markup("").join(pieces)


def _link(address: str, words: str) -> Markup:
    return Markup('<a href="{}" rel="noreferrer noopener">{}</a>').format(address, words)
