"""How far to trust it, on one page: tables, pictures, settings, versions."""

from clusternet.injection.trial import Trial, run_trial
from clusternet.report.catalogue import catalogue_page
from clusternet.report.network import network_page
from clusternet.report.page import Page

__all__ = ["Page", "Trial", "catalogue_page", "network_page", "run_trial"]
