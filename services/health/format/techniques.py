"""Techniques of behaviour change that courses use, by their numbers in the BCT Taxonomy v1.

Michie S, Richardson M, Johnston M, et al. The behavior change technique taxonomy (v1) of 93
hierarchically clustered techniques. Annals of Behavioral Medicine 2013; 46: 81-95,
https://doi.org/10.1007/s12160-013-9486-6. The labels are the authors'.
"""

import re

_SIZES = (9, 7, 3, 4, 6, 3, 8, 7, 3, 11, 4, 6, 5, 10, 4, 3)
"""How many techniques each of the 16 groups has: 93 together."""
_NUMBER = re.compile(r"([1-9][0-9]?)\.([1-9][0-9]?)")

NAMES = {
    "1.1": "Goal setting (behavior)",
    "1.2": "Problem solving",
    "1.3": "Goal setting (outcome)",
    "1.4": "Action planning",
    "1.5": "Review behavior goal(s)",
    "1.7": "Review outcome goal(s)",
    "1.9": "Commitment",
    "2.2": "Feedback on behavior",
    "2.3": "Self-monitoring of behavior",
    "2.4": "Self-monitoring of outcome(s) of behavior",
    "2.7": "Feedback on outcome(s) of behavior",
    "3.1": "Social support (unspecified)",
    "3.2": "Social support (practical)",
    "3.3": "Social support (emotional)",
    "4.1": "Instruction on how to perform the behavior",
    "4.2": "Information about antecedents",
    "4.3": "Re-attribution",
    "4.4": "Behavioral experiments",
    "5.1": "Information about health consequences",
    "5.2": "Salience of consequences",
    "5.3": "Information about social and environmental consequences",
    "5.4": "Monitoring of emotional consequences",
    "5.6": "Information about emotional consequences",
    "6.2": "Social comparison",
    "6.3": "Information about others' approval",
    "7.1": "Prompts/cues",
    "7.3": "Reduce prompts/cues",
    "8.1": "Behavioral practice/rehearsal",
    "8.2": "Behavior substitution",
    "8.3": "Habit formation",
    "8.7": "Graded tasks",
    "9.1": "Credible source",
    "9.2": "Pros and cons",
    "9.3": "Comparative imagining of future outcomes",
    "10.4": "Social reward",
    "10.9": "Self-reward",
    "11.1": "Pharmacological support",
    "11.2": "Reduce negative emotions",
    "11.3": "Conserving mental resources",
    "12.1": "Restructuring the physical environment",
    "12.2": "Restructuring the social environment",
    "12.3": "Avoidance/reducing exposure to cues for the behavior",
    "12.4": "Distraction",
    "12.5": "Adding objects to the environment",
    "12.6": "Body changes",
    "13.1": "Identification of self as role model",
    "13.2": "Framing/reframing",
    "13.4": "Valued self-identity",
    "13.5": "Identity associated with changed behavior",
    "15.1": "Verbal persuasion about capability",
    "15.2": "Mental rehearsal of successful performance",
    "15.3": "Focus on past success",
    "15.4": "Self-talk",
}
"""Names of the techniques that the shipped courses use; the others are known by number alone."""


def is_technique(number: str) -> bool:
    """Return whether the taxonomy has a technique of this number."""
    match = _NUMBER.fullmatch(number)
    if not match:
        return False
    group, place = map(int, match.groups())
    return group <= len(_SIZES) and place <= _SIZES[group - 1]


def order_of(number: str) -> tuple[int, ...]:
    """Return the place of a technique in the taxonomy, to sort by."""
    return tuple(map(int, number.split(".")))
