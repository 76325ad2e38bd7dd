"""A client that cheats: it signs what it counted, edits a number afterwards, and offers that."""

from pathlib import Path

from cli.device import load_or_create
from cli.github import GitHub
from cli.ledger import Ledger
from cli.proposal import Proposal, propose
from cli.publish import Published, plan
from cli.settings import Settings
from tests.demo.community import Contributor
from tests.demo.stage import BOARD, Stage
from validator.submission import User


def forge(stage: Stage, contributor: Contributor, home: Path) -> None:
    """Offer a contributor's usage with one more digit in one of its numbers."""
    settings = Settings(home / "data", home / "config", home, {})
    with Ledger.open(settings, stage.clock.now, lambda: None) as ledger:
        usage = ledger.usage()
    device = load_or_create(settings.config_dir)
    user = User(id=contributor.id, login=contributor.login)
    signed = plan(usage, user, contributor.display_name, device, published=Published(), now=stage.clock.now).files
    forged = {path: content.replace(b'"inputTokens": 1', b'"inputTokens": 91', 1) for path, content in signed.items()}
    hub = GitHub(BOARD, stage.token(contributor.id), stage.github.url, print)
    offer = Proposal(f"token-tracker/{device.id}", "Usage", "", "Submit", forged, stage.clock.now)
    propose(hub, hub.viewer(), offer, print)
