"""Many at once: everybody gets a pull request of their own, and nothing is lost."""

from concurrent.futures import ThreadPoolExecutor

from tests.github.board import Board

PEOPLE = 12


def _submit(board: Board, number: int) -> int:
    login = f"demo-{number}"
    user = board.github.user(5000 + number, login)
    client = board.http(board.github.token(user))
    fork = f"/repos/{client.post('/repos/grace-demo/board/forks', json={}).json()['full_name']}/git"
    tip = client.get(f"{fork}/ref/heads/main").json()["object"]["sha"]
    blob = client.post(f"{fork}/blobs", json={"content": login}).json()["sha"]
    entry = {"path": f"submissions/{number}.json", "mode": "100644", "type": "blob", "sha": blob}
    tree = client.post(f"{fork}/trees", json={"base_tree": tip, "tree": [entry]}).json()["sha"]
    commit = {"message": "Submit", "tree": tree, "parents": [tip]}
    sha = client.post(f"{fork}/commits", json=commit).json()["sha"]
    client.post(f"{fork}/refs", json={"ref": "refs/heads/submit", "sha": sha}).raise_for_status()
    wanted = {"base": "main", "head": f"{login}:submit", "title": "Submit"}
    made: int = client.post("/repos/grace-demo/board/pulls", json=wanted).json()["number"]
    return made


def test_everybody_at_once(board: Board) -> None:
    with ThreadPoolExecutor(PEOPLE) as crowd:
        numbers = list(crowd.map(lambda number: _submit(board, number), range(PEOPLE)))
    assert sorted(numbers) == list(range(1, PEOPLE + 1))
    owner = board.http(board.grace_token)
    for number in numbers:
        assert owner.put(f"/repos/grace-demo/board/pulls/{number}/merge", json={}).status_code == 200
    listed = owner.get("/repos/grace-demo/board/contents/submissions").json()
    assert [each["name"] for each in listed] == sorted(f"{number}.json" for number in range(PEOPLE))
