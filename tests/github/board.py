"""A board at the stand-in GitHub, its owner, and somebody who submits: where most tests begin."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
from github import Auth, Github, InputGitAuthor, InputGitTreeElement

from tests.github.bare import ISOLATED
from tests.github.stand_in import GitHub

WORKFLOW = ".github/workflows/publish.yml"
FILES = {"README.md": b"A board.\n", WORKFLOW: b"on: workflow_dispatch\n"}


@dataclass
class Clock:
    """Seconds since 1970, which pass only when told."""

    seconds: float = 1_795_000_000.0

    def __call__(self) -> float:
        return self.seconds


class Board:
    """`grace-demo/board`, whose owner is grace-demo (1); ada-demo (4242) submits."""

    def __init__(self, github: GitHub) -> None:
        """Seed the accounts, the repository and a token for each."""
        self.github = github
        self.grace = github.user(1, "grace-demo", "Grace Demo")
        self.ada = github.user(4242, "ada-demo")
        self.repository = github.repository(self.grace, "board", FILES)
        self.grace_token = github.token(self.grace, ("repo", "workflow"))
        self.ada_token = github.token(self.ada)
        self._open: list[Github | httpx.Client] = []

    def close(self) -> None:
        """Close all clients that were handed out."""
        for each in self._open:
            each.close()

    def client(self, token: str) -> Github:
        """Return PyGithub with a token: no retries, no pauses."""
        client = Github(
            base_url=self.github.url,
            auth=Auth.Token(token),
            retry=None,
            seconds_between_requests=0,
            seconds_between_writes=0,
        )
        self._open.append(client)
        return client

    def http(self, token: str | None = None) -> httpx.Client:
        """Return a plain client for the API and the site."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        # Without TLS there is nothing to verify, and loading certificates takes longer than most tests.
        client = httpx.Client(base_url=self.github.url, headers=headers, verify=False)
        self._open.append(client)
        return client

    def submit(self, files: Mapping[str, bytes], branch: str = "submit") -> int:
        """Fork as ada-demo, commit files through the Git data API, open a pull request; return its number."""
        ada = self.client(self.ada_token)
        base = ada.get_repo("grace-demo/board")
        fork = ada.get_repo(base.create_fork().full_name)
        parent = fork.get_git_commit(base.compare("main", "ada-demo:main").merge_base_commit.sha)
        elements = [
            InputGitTreeElement(path, "100644", "blob", sha=fork.create_git_blob(content.decode(), "utf-8").sha)
            for path, content in files.items()
        ]
        tree = fork.create_git_tree(elements, parent.tree)
        me = InputGitAuthor("ada-demo", "4242+ada-demo@users.noreply.github.com", "2026-11-22T12:00:00Z")
        commit = fork.create_git_commit("Submit", tree, [parent], me, me)
        fork.create_git_ref(f"refs/heads/{branch}", commit.sha)
        return base.create_pull(base="main", head=f"ada-demo:{branch}", title="Submit", body="").number

    def remote(self, token: str | None = None, repository: str = "grace-demo/board") -> str:
        """Return the address at which Git finds a repository."""
        host = self.github.web.removeprefix("http://")
        return f"http://{f'x-access-token:{token}@' if token else ''}{host}/{repository}.git"


def git(folder: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run Git as somebody's client, cut off from the machine's configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    who = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "4242+ada-demo@users.noreply.github.com"}
    who |= {key.replace("AUTHOR", "COMMITTER"): value for key, value in who.items()}
    return subprocess.run(
        ["git", "-C", str(folder), *arguments],
        capture_output=True,
        text=True,
        check=check,
        env={**ISOLATED, **who, "HOME": str(folder)},
    )
