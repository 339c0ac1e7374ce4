"""The report: one file of HTML with its charts, tables and paths inside, which asks for nothing from outside."""

from forecast.report.page.changes import Earlier, changes, earlier
from forecast.report.page.content import Name, Number, Page, Picture, Piece, Section, Sentence, Table, View
from forecast.report.page.embedded import MOST_PATHS, embedded
from forecast.report.page.pictures import picture
from forecast.report.page.render import MARK, render
from forecast.report.page.sections import cost_picture, sections
from forecast.report.page.sentences import exact, headlines
from forecast.report.page.together import comparison_sections

__all__ = [
    "MARK",
    "MOST_PATHS",
    "Earlier",
    "Name",
    "Number",
    "Page",
    "Picture",
    "Piece",
    "Section",
    "Sentence",
    "Table",
    "View",
    "changes",
    "comparison_sections",
    "cost_picture",
    "earlier",
    "embedded",
    "exact",
    "headlines",
    "picture",
    "render",
    "sections",
]
