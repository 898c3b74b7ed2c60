from __future__ import annotations

from chainfaas.provider.daemon.controller_contact import ContactNotes, parse_contact

URL = "http://127.0.0.1:8080"


def test_contact__nothing_tried__not_logged_in_and_no_fault() -> None:
    found = ContactNotes().contact(URL)
    assert (found.is_logged_in, found.polled_at_ms, found.fault) == (False, None, "")


def test_contact__fault_after_an_answer__says_both_and_is_no_log_in() -> None:
    notes = ContactNotes()
    notes.answered()
    assert notes.contact(URL).is_logged_in
    notes.failed("It is gone.")
    found = notes.contact(URL)
    assert (found.is_logged_in, found.fault) == (False, "It is gone.")
    assert found.polled_at_ms is not None


def test_contact__answer_after_a_fault__the_fault_is_over() -> None:
    notes = ContactNotes()
    notes.failed("It is gone.")
    notes.answered()
    assert (notes.contact(URL).is_logged_in, notes.contact(URL).fault) == (True, "")


def test_parse_contact__its_own_document__the_same() -> None:
    notes = ContactNotes()
    notes.failed("It is gone.")
    assert parse_contact(notes.contact(URL).document()) == notes.contact(URL)
