"""Threads, by Meta."""

from postwright.platforms.adapter import FolderAdapter
from postwright.platforms.base import Option, Platform
from postwright.platforms.threads.auth import THREADS_LOGIN
from postwright.platforms.threads.comment import comment, find_comment
from postwright.platforms.threads.delete import delete
from postwright.platforms.threads.facts import FACE
from postwright.platforms.threads.limits import FACTS, REPLY_CONTROL, RULES, TOPIC_TAG, check
from postwright.platforms.threads.links import find_link
from postwright.platforms.threads.metrics import audience, measure, read_profile
from postwright.platforms.threads.publish import find, publish
from postwright.platforms.threads.quota import quota

OPTIONS = (
    Option("reply_control", "Who may reply", "choice", choices=REPLY_CONTROL, default="everyone", source=TOPIC_TAG.source),
    Option("topic_tag", "Topic", "text", "One topic for the post, without #.", limit=TOPIC_TAG.number, source=TOPIC_TAG.source),
)
PLATFORM = Platform(
    "threads",
    "Threads",
    ("graph.threads.net",),
    RULES,
    FolderAdapter(publish, find, measure),
    check,
    options=OPTIONS,
    delete=delete,
    audience=audience,
    profile=read_profile,
    comment=comment,
    find_comment=find_comment,
    oauth=THREADS_LOGIN,
    quota=quota,
    find_link=find_link,
    face=FACE,
    version=FACTS["version"],
)
