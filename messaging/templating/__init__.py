"""Message templates: what they are made of, who decides on them, and what a message made from one says."""

from messaging.templating.changing import (
    approve_due,
    approve_template,
    create_template,
    delete_template,
    pause_template,
    reject_template,
    resume_template,
)
from messaging.templating.filling import Filled, fill, personalised
from messaging.templating.using import find, is_reviewed, must_be_usable, unusable, words

__all__ = [
    "Filled",
    "approve_due",
    "approve_template",
    "create_template",
    "delete_template",
    "fill",
    "find",
    "is_reviewed",
    "must_be_usable",
    "pause_template",
    "personalised",
    "reject_template",
    "resume_template",
    "unusable",
    "words",
]
