"""Node: what an application embeds. One object for each participant, no globals; two in one process are strangers."""

from maas_core.node.node import Node

__all__ = ["Node"]
