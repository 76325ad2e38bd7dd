"""Attacks by sheer size: what judging them takes is measured."""

import hashlib
import zlib
from dataclasses import replace

from tests.validator.attacks.attack import attack
from tests.validator.attacks.scene import ADA, Scene, folder
from validator.store import user_folder
from validator.submission import render_profile

GIGABYTE = 2**30
OWN = user_folder(ADA.id).encode()


def _zeros(scene: Scene, size: int) -> str:
    """Store a sound blob of so many zero bytes: one compressed block, repeated, so that it is quickly made."""
    header, block = b"blob %d\0" % size, bytes(2**24)
    hashed = hashlib.sha1(header)
    for _ in range(size // len(block)):
        hashed.update(block)
    packer = zlib.compressobj(1, wbits=-15)
    start = packer.compress(header) + packer.flush(zlib.Z_FULL_FLUSH)
    body = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    low, high = zlib.adler32(header) & 0xFFFF, zlib.adler32(header) >> 16
    check = ((high + size * low) % 65521) << 16 | low
    oid = hashed.hexdigest()
    with scene.place(oid).open("wb") as out:
        out.write(b"\x78\x01" + start)
        for _ in range(size // len(block)):
            out.write(body)
        out.write(b"\x03\x00" + check.to_bytes(4))
    return oid


@attack("rejected", "size", heavy=True)
def huge_blob(scene: Scene) -> str:
    """A submission of 1 GB."""
    return scene.commit({**ADA.files(), ADA.path("2026-10"): _zeros(scene, GIGABYTE)})


@attack("rejected", "size", heavy=True)
def large_profile(scene: Scene) -> str:
    """A profile of 256 MB, and nothing else."""
    return scene.commit({ADA.profile_path: _zeros(scene, GIGABYTE // 4)})


@attack("rejected", "place", heavy=True)
def large_stranger(scene: Scene) -> str:
    """A film of 256 MB at a path that the store does not have."""
    return scene.commit({**ADA.files(), f"{user_folder(ADA.id)}/film.mp4": _zeros(scene, GIGABYTE // 4)})


@attack("rejected", "unlisted", heavy=True)
def million_entries(scene: Scene) -> str:
    """A folder with a million entries."""
    same = bytes.fromhex(scene.blob())
    entries = b"".join(b"100644 %07d.json\0%s" % (number, same) for number in range(1_000_000))
    return scene.head_with((OWN, folder(scene.object("tree", entries))))


@attack("rejected", "unlisted", heavy=True)
def million_at_the_root(scene: Scene) -> str:
    """A root folder with a million entries."""
    same = bytes.fromhex(scene.blob())
    entries = b"".join(b"100644 %07d.json\0%s" % (number, same) for number in range(1_000_000))
    return scene.commit_of(scene.object("tree", entries))


@attack("rejected", "unlisted", heavy=True)
def tree_bomb(scene: Scene) -> str:
    """Ten folders in each of ten in each of ten …: 10^20 files in twenty objects."""
    tree = scene.tree(("100644", b"2026-11.json", scene.blob()))
    for _ in range(20):
        tree = scene.tree(*((folder(tree)[0], b"%08d" % number, tree) for number in range(10)))
    return scene.head_with((OWN, folder(tree)))


@attack("rejected", "unlisted", heavy=True)
def deep_folders(scene: Scene) -> str:
    """Folders nested 300 deep."""
    tree = scene.tree(("100644", b"2026-11.json", scene.blob()))
    for _ in range(300):
        tree = scene.tree(("40000", b"a", tree))
    return scene.head_with((OWN, folder(tree)))


@attack("rejected", "unlisted", heavy=True)
def long_names(scene: Scene) -> str:
    """A folder whose name has a million characters, with 500 files in it: 500 MB of paths."""
    inner = scene.tree(*(("100644", b"%06d" % number, scene.blob()) for number in range(500)))
    return scene.head_with((OWN + b"/" + b"x" * 1_000_000, folder(inner)))


@attack("rejected", "unlisted", heavy=True)
def many_parents(scene: Scene) -> str:
    """A history of 20 commits that each name the same parent 20,000 times."""
    root = scene.board.repository.commit(scene.commit(ADA.files())).tree
    head = scene.board.main
    for _ in range(20):
        head = scene.commit_of(root, *[head] * 20_000)
    return scene.commit_of(root, head)


@attack("rejected", "unlisted", heavy=True)
def long_message(scene: Scene) -> str:
    """A commit message of 2 MB."""
    return scene.commit_of(scene.with_entries(), message=b"x" * 2_000_000)


@attack("rejected", "files", heavy=True)
def many_files(scene: Scene) -> str:
    """3,001 files at paths that the store has: more than GitHub lists."""
    return scene.commit({f"{user_folder(ADA.id)}/{number:08d}/2026-11.json": b"{}" for number in range(3001)})


@attack("rejected", "files", heavy=True)
def last_of_many(scene: Scene) -> str:
    """3,000 files in one's own folder, and the 3,001st in another user's."""
    own = {f"{user_folder(ADA.id)}/{number:08d}/2026-11.json": b"{}" for number in range(3000)}
    return scene.commit({**own, f"{user_folder(255)}/ab12cd34/2026-11.json": b"{}"})


@attack("rejected", "own-folder")
def file_thirty_one(scene: Scene) -> str:
    """Thirty honest files, and the 31st, beyond the first page of GitHub's list, in another user's folder."""
    devices = [replace(ADA, device=f"{number:08d}") for number in range(3)]
    files = {f"{user_folder(255)}/ab12cd34/2026-11.json": b"{}"}
    for device in devices:
        days = [f"2026-{month:02d}-03" for month in range(1, 11)]
        made = [device.submission({day: 1000 * place + int(device.device)}) for place, day in enumerate(days, 1)]
        files |= device.files(*made)
    return scene.commit({**files, ADA.profile_path: render_profile(devices[0].profile(*devices[1:]))})


@attack("rejected", "size", "profile", heavy=True)
def many_large_files(scene: Scene) -> str:
    """199 files of 200 KB each, all of them within their own limit."""
    text = b"[" + b"0," * 100_000 + b"0]"
    return scene.commit(
        {f"{user_folder(ADA.id)}/{number:08d}/2026-11.json": text + b" " * number for number in range(199)}
    )
