# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: questions about the addresses of tenants and stores."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_loopback(url: str) -> bool:
    """Return whether a URL's host is this machine, in a spelling that every parser reads alike."""
    try:
        host = urlsplit(url).hostname or ""
        plain = "@" not in url and "\\" not in url
        return plain and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False


def without_userinfo(url: str) -> str:
    """Return a URL without the name and the password that may stand before its host."""
    scheme, separator, rest = url.strip().partition("://")
    authority, slash, path = (rest if separator else scheme).partition("/")
    return f"{scheme if separator else ''}{separator}{authority.rpartition('@')[2]}{slash}{path}"


def is_in_the_clear(url: str) -> bool:
    """Return whether a secret on its way to a URL could be read on the network: by http to another machine."""
    address = without_userinfo(url)
    return address.lower().startswith("http://") and len(address) > len("http://") and not is_loopback(address)


def is_same_tenant(one: str, other: str) -> bool:
    """Return whether two base URLs are the same address, whatever their spelling."""
    return normalized(one) == normalized(other)


def normalized(base_url: str) -> str:
    """Return an address with its scheme and host in lower case and without a trailing slash."""
    scheme, _colon, rest = base_url.rstrip("/").partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}://{host.lower()}{slash}{path}"
