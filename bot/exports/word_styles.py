"""How our Word files look: the page, the typefaces, the colours, the label at the foot."""

from typing import TYPE_CHECKING, Any

from bot.exports.paper import Paper, one_line

if TYPE_CHECKING:
    from docx.document import Document

SERIF, SANS = "Georgia", "Arial"
YOU, THEM, SOFT, INK = "0B5A52", "7B2F5B", "4A5755", "1C2826"


def empty_document(paper: Paper) -> "Document":
    """Return an empty document in our styles, with its title, its language and the label at the foot of each page."""
    from docx import Document
    from docx.shared import Cm

    document = Document()
    about = document.core_properties
    about.title, about.author, about.language = one_line(paper.title)[:250], "", "en-GB"
    about.subject = about.comments = paper.label
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    section.top_margin = section.bottom_margin = Cm(2.2)
    _styles(document)
    foot = section.footer.paragraphs[0]
    foot.text = paper.label
    foot.style = document.styles["Footer"]
    return document


def _styles(document: "Document") -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Cm, Pt, RGBColor

    styles: Any = document.styles
    for name, face, size, colour in (
        ("Normal", SANS, 10.5, None),
        ("Title", SERIF, 24, INK),
        ("Subtitle", SANS, 10, SOFT),
        ("Heading 1", SERIF, 16, INK),
        ("Heading 2", SERIF, 12.5, INK),
        ("Footer", SANS, 8.5, SOFT),
    ):
        _face(styles[name], face)
        styles[name].font.size = Pt(size)
        if colour:
            styles[name].font.color.rgb = RGBColor.from_string(colour)
    styles["Subtitle"].font.italic = False
    for border in styles["Title"].element.xpath("./w:pPr/w:pBdr"):
        border.getparent().remove(border)
    for name, colour in (("Speaker You", YOU), ("Speaker Other", THEM)):
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style, style.font.bold, style.font.size = styles["Normal"], True, Pt(10)
        style.font.color.rgb = RGBColor.from_string(colour)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(8), Pt(0)
        style.paragraph_format.keep_with_next = True
    said = styles.add_style("Said", WD_STYLE_TYPE.PARAGRAPH)
    said.base_style, said.font.size = styles["Normal"], Pt(12)
    _face(said, SERIF)
    said.paragraph_format.left_indent, said.paragraph_format.space_after = Cm(0.6), Pt(4)


def _face(style: Any, face: str) -> None:
    """Set a typeface, also for letters for which Word keeps a face of its own."""
    from docx.oxml.ns import qn

    style.font.name = face
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        if name.endswith("Theme"):
            del fonts.attrib[name]
    for which in ("w:eastAsia", "w:cs", "w:hAnsi"):
        fonts.set(qn(which), face)
