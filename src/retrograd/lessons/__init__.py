"""The lesson: what learning means computationally, in sixteen chapters of plain PyTorch.

`chapters/` holds the notebooks as plain Python (jupytext, percent format); `questions/` what they ask, a module for
each chapter. An answer is graded from the learner's own recording. A notebook begins with `begin`.
"""

from retrograd.lessons.chapter import begin as begin
