"""Time against space: the same gradient under different schedules, judged, counted and really run."""

from __future__ import annotations

from .actions import Action as Action
from .actions import Advance as Advance
from .actions import Copy as Copy
from .actions import Frame as Frame
from .actions import Free as Free
from .actions import Goal as Goal
from .actions import Gradient as Gradient
from .actions import IllegalAction as IllegalAction
from .actions import Replay as Replay
from .actions import Retreat as Retreat
from .actions import UnfinishedSchedule as UnfinishedSchedule
from .actions import replay as replay
from .drive import Moment as Moment
from .drive import Run as Run
from .drive import State as State
from .drive import Stepper as Stepper
from .drive import Timeline as Timeline
from .drive import UncomputeMismatch as UncomputeMismatch
from .drive import drive as drive
from .measure import Race as Race
from .measure import Row as Row
from .measure import race as race
from .schedules import SCHEMES as SCHEMES
from .schedules import BadSetting as BadSetting
from .schedules import Parameter as Parameter
from .schedules import Scheme as Scheme
from .schedules import bennett as bennett
from .schedules import bennett_clean as bennett_clean
from .schedules import in_place as in_place
from .schedules import revolve as revolve
from .schedules import store_all as store_all
from .stepper import Counts as Counts
from .stepper import StepKernel as StepKernel
