"""Small browsing scenarios that both agents have to see in the same way. Run by test_agents_agree."""

from tests.conformance.agent_scenarios import cookies, failures, holding, moving, pages
from tests.conformance.agent_scenarios.base import ROUTES, SCENARIOS

__all__ = ["ROUTES", "SCENARIOS", "cookies", "failures", "holding", "moving", "pages"]
