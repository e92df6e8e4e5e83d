"""Output files appear whole or not at all."""

import gzip
import os

import pytest

from clusternet._files import atomic_write, check_settings, keep_settings, prepare_folder


def test_the_file_appears_only_when_it_is_complete(tmp_path):
    target = tmp_path / "catalogue.ecsv"
    target.write_text("old")
    with atomic_write(target) as temporary:
        temporary.write_text("new")
        assert target.read_text() == "old"
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".ecsv"
    assert target.read_text() == "new"
    assert os.listdir(tmp_path) == ["catalogue.ecsv"]


@pytest.mark.parametrize("name", ["catalogue.ecsv", "maps.fits.gz"])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, name):
    target = tmp_path / name
    target.write_bytes(b"old")

    def fail():
        with atomic_write(target) as temporary:
            temporary.write_text("half")
            raise RuntimeError("disk on fire")

    with pytest.raises(RuntimeError, match="disk"):
        fail()
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == [name]


def test_gzip_output_depends_on_the_content_alone(tmp_path):
    for name in ("a.fits.gz", "b.fits.gz"):
        with atomic_write(tmp_path / name) as temporary:
            assert temporary.suffix == ".fits"
            temporary.write_bytes(b"pixels" * 100)
    assert (tmp_path / "a.fits.gz").read_bytes() == (tmp_path / "b.fits.gz").read_bytes()
    assert gzip.decompress((tmp_path / "a.fits.gz").read_bytes()) == b"pixels" * 100


def test_a_link_is_followed(tmp_path):
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    with atomic_write(tmp_path / "link.txt") as temporary:
        temporary.write_text("new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"


def test_permissions_follow_the_umask(tmp_path):
    old = os.umask(0o027)
    try:
        with atomic_write(tmp_path / "file") as temporary:
            temporary.write_text("")
    finally:
        os.umask(old)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640


def test_missing_folder_is_a_clear_error(tmp_path):
    with (
        pytest.raises(FileNotFoundError, match=r"cannot write .*there is no folder .*missing"),
        atomic_write(tmp_path / "missing" / "file"),
    ):
        pass


def test_folder_that_is_a_file_is_a_clear_error(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(NotADirectoryError, match=r"file is not a folder; choose another"),
        atomic_write(tmp_path / "file" / "catalogue.ecsv"),
    ):
        pass
    with pytest.raises(NotADirectoryError, match="it is a file; choose another folder"):
        prepare_folder(tmp_path / "file")
    with pytest.raises(NotADirectoryError, match="choose another"):
        prepare_folder(tmp_path / "file" / "below")


def test_a_folder_in_place_of_a_file_is_a_clear_error(tmp_path):
    with pytest.raises(IsADirectoryError, match="is a folder; pass the name of a file"):
        atomic_write(tmp_path).__enter__()


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (PermissionError(13, "Permission denied"), "no permission in .*; choose another folder"),
        (OSError(30, "Read-only file system"), "is read-only; choose another folder"),
        (OSError(28, "No space left on device"), "No space left on device"),
    ],
)
def test_unwritable_folder_is_a_clear_error(tmp_path, monkeypatch, error, message):
    def refuse(*_):
        raise error

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(type(error), match=message):
        atomic_write(tmp_path / "file").__enter__()
    with pytest.raises(type(error), match=message):
        prepare_folder(tmp_path / "out")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="permissions do not bind this user"
)
def test_folder_without_write_permission_is_a_clear_error(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    with pytest.raises(PermissionError, match=r"no permission in .*locked"):
        prepare_folder(folder)


def test_an_output_folder_is_made_with_its_parents_and_left_empty(tmp_path):
    folder = prepare_folder(tmp_path / "a" / "b")
    assert folder == prepare_folder(folder)
    assert list(folder.iterdir()) == []


def test_settings_are_kept_and_others_refused(tmp_path):
    path = tmp_path / "settings.json"
    for _ in range(2):  # tuples come back as lists, which is no other setting
        keep_settings(path, {"seed": 1, "size": (3, 4)}, "the bank")
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"the bank was made with other settings \(seed = 1 there, "
                                         r"2 here; size = \[3, 4\] there, None here\); remove it"):
        keep_settings(path, {"seed": 2}, "the bank")
    assert path.read_bytes() == before


def test_long_settings_are_named_but_not_quoted():
    with pytest.raises(ValueError, match=r"\(header; seed = 1 there, 2 here\)"):
        check_settings({"header": "x" * 300, "seed": 1}, {"header": "y", "seed": 2}, "the store")
