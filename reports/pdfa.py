"""What WeasyPrint 70 leaves open between its PDF/A-3a and PDF/UA-1: done on the finished objects, before writing.

Made to both standards and checked by our own tests; a certificate would need a validator such as veraPDF.
"""

from __future__ import annotations

from typing import Any

UA = b"""<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"><pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource"><pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema><pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI><pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType><pdfaProperty:category>internal</pdfaProperty:category><pdfaProperty:description>Part of ISO 14289 the file conforms to</pdfaProperty:description></rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"""


def finish(document: Any, pdf: Any) -> None:
    """WeasyPrint's ``finisher``: headers get a scope, running heads become artifacts, XMP names PDF/UA-1."""
    _scope_headers(pdf)
    _running_heads(pdf)
    _attachment_once(pdf)
    _metadata(pdf)


def _number(reference: bytes | str) -> int:
    return int((reference.decode() if isinstance(reference, bytes) else reference).split()[0])


def _scope_headers(pdf: Any) -> None:
    """PDF/UA-1, 7.5: a header cell says whether it heads a row or a column."""
    for cell in pdf.objects:
        if isinstance(cell, dict) and cell.get("S") == "/TH" and "A" in cell:
            cell["A"]["Scope"] = "/Column" if _inside_head(pdf, cell) else "/Row"


def _inside_head(pdf: Any, cell: Any) -> bool:
    node = cell
    while node.get("S") not in ("/Table", "/Document", None):
        if node["S"] == "/THead":
            return True
        node = pdf.objects[_number(node["P"])]
    return False


def _running_heads(pdf: Any) -> None:
    """PDF/UA-1, 7.8: WeasyPrint marks margin boxes as content outside the structure tree; make them artifacts."""
    import pydyf

    root = pdf.objects[_number(pdf.catalog["StructTreeRoot"])]
    alive = _reachable(pdf, root)
    pages = {page.get("StructParents"): page for page in pdf.objects if _is(page, "/Page")}
    numbers = pdf.objects[_number(root["ParentTree"])]["Nums"]
    for key, parents in zip(numbers[::2], numbers[1::2], strict=True):
        if not isinstance(parents, pydyf.Array):
            continue
        dead = {index for index, reference in enumerate(parents) if _number(reference) not in alive}
        stream = pdf.objects[_number(pages[key]["Contents"])].stream
        for at, operand in enumerate(stream):
            if isinstance(operand, dict) and operand.get("MCID") in dead:
                stream[at - 1], stream[at] = "/Artifact", pydyf.Dictionary({"Type": "/Pagination"})
        for index in dead:  # emptied, not freed: pydyf 0.13 writes wrong indexes for freed objects
            pdf.objects[_number(parents[index])].clear()
            parents[index] = "null"


def _reachable(pdf: Any, root: Any) -> set[int]:
    alive: set[int] = set()
    todo = [_number(reference) for reference in root["K"]]
    while todo:
        number = todo.pop()
        node = pdf.objects[number]
        if number not in alive and isinstance(node, dict):
            todo += [_number(kid) for kid in node.get("K", ()) if not isinstance(kid, int)]
        alive.add(number)
    return alive


def _is(node: Any, kind: str) -> bool:
    return isinstance(node, dict) and node.get("Type") == kind


def _attachment_once(pdf: Any) -> None:
    import pydyf

    if files := pdf.catalog.get("AF"):
        pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(files))


def _metadata(pdf: Any) -> None:
    """Put the PDF/UA identifier, and the extension schema PDF/A asks for, inside the one RDF block; leave it readable."""
    for packet in pdf.objects:
        if getattr(packet, "extra", {}).get("Type") == "/Metadata":
            data = b"\n".join(part if isinstance(part, bytes) else part.encode() for part in packet.stream)
            packet.stream = [data.replace(b"</rdf:RDF>", UA + b"</rdf:RDF>", 1)]
            packet.compress = False
            return
