from __future__ import annotations


def test_token__made_listed_and_revoked__shows_its_time_and_never_the_secret(bilum):
    secret = bilum("token", "create", "--role", "auditor").out.strip()
    listed = bilum("token", "list")
    assert (listed.status, "auditor" in listed.out, secret in listed.out) == (0, True, False)
    assert listed.out.count("Z") == 1
    assert bilum("token", "revoke", 1).status == 0
    assert bilum("token", "list").out.count("Z") == 2


def test_token_revoke__no_such_token__says_so(bilum):
    ended = bilum("token", "revoke", 7)
    assert ended.status == 2
    assert "no token 7" in ended.err
