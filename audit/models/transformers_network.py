"""Models of Transformers by themselves: on token ids or pixel values."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from ..plan import ModelTable
from .pytorch import TorchModel
from .transformers_parts import classes, is_pretrained, label_names


class TransformersNetwork(TorchModel):
    """A model without what prepares its inputs, which therefore are token ids ``(n, T)`` or pixel values ``(n, C, H, W)``.

    Padding (``config.pad_token_id``) is masked. The gradient of the loss exists for pixel values only.
    """

    rank: ClassVar[int] = 5
    about: ClassVar[str] = "Transformers models without tokenizer, on token ids or pixel values"
    framework: ClassVar[str] = "transformers"

    def __init__(self, thing: Any, table: ModelTable) -> None:
        """Read from the configuration what goes in and what the outputs are called."""
        regression = table.task == "regression"
        super().__init__(thing, table.model_copy(update={"output": "label" if regression else "logits"}))
        self.decides = regression
        names = label_names(thing.config)
        if table.task in ("binary", "multiclass") and len(names) > 1:
            self.classes_ = classes(names, table)
        self._tokens = thing.main_input_name == "input_ids"
        if self._tokens and hasattr(self, "loss_gradient"):
            del self.loss_gradient, self.pullback

    @classmethod
    def accepts(cls, thing: Any) -> bool:
        """Models of Transformers."""
        return is_pretrained(thing)

    @classmethod
    def opens(cls, path: Any) -> bool:
        """None: a folder has a tokenizer or image processor too."""
        return False

    def to_array(self, x: Any) -> npt.NDArray[Any]:
        """Token ids as whole numbers, all else as :meth:`ArrayModel.to_array` has it."""
        if not self._tokens:
            return super().to_array(x)
        if not isinstance(x, np.ndarray) or x.dtype.kind not in "iu":
            raise ModelError(
                "model: without a tokenizer it reads token ids; give (model, tokenizer) to have it read texts"
            )
        return np.ascontiguousarray(x, dtype=np.int64)

    def answer(self, batch: Any) -> Any:
        """Logits of one batch, a tensor."""
        given = {self.thing.main_input_name: batch}
        padding = self.thing.config.pad_token_id if self._tokens else None
        if padding is not None:
            given["attention_mask"] = (batch != padding).long()
        return self.thing(**given).logits
