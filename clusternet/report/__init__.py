"""Reports on a catalogue or a network: one page of tables, figures, settings and versions."""

from clusternet.report.catalogue import catalogue_page
from clusternet.report.network import network_page
from clusternet.report.page import Page

__all__ = ["Page", "catalogue_page", "network_page"]
