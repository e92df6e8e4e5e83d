"""Losses of the training."""

from collections.abc import Mapping

import torch
from torch.nn import functional as F

from clusternet.posterior import ParameterBins, marginals

__all__ = ["WindowLoss"]


class WindowLoss:
    """Cross-entropy of each group and the ranked probability score of each parameter.

    The cross-entropy makes the posteriors proper; on 2,800 bins it learns
    slowly, because a near miss counts like a far one. The continuous ranked
    probability score of the marginals, also proper, knows the order of the
    bins. Losses of parameters count only where there is a cluster.

    Parameters
    ----------
    bins : `~clusternet.posterior.ParameterBins`
        Bins of the groups.
    joint, marginal, ranked, cluster : float, optional
        Weights of the cross-entropy of the joint group, of those of size and
        visibility, of the ranked scores, and of the class.
    """

    def __init__(self, bins: ParameterBins, *, joint: float = 0.3, marginal: float = 0.3,
                 ranked: float = 4.0, cluster: float = 1.0) -> None:
        self.bins = bins
        self.weights = {"joint": joint, "marginal": marginal, "ranked": ranked,
                        "cluster": cluster}

    def __call__(self, logits: Mapping[str, torch.Tensor], target: Mapping[str, torch.Tensor],
                 ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Return the loss and its parts.

        Parameters
        ----------
        logits : dict of str to torch.Tensor, shape (n, group size)
            Output of the network.
        target : dict of str to torch.Tensor, shape (n,)
            Integer bins: one entry per parameter of ``bins.names``, and
            ``cluster`` (1 where there is a cluster).

        Returns
        -------
        loss : torch.Tensor
            Scalar.
        parts : dict of str to torch.Tensor
            Unweighted means, detached.
        """
        bins, w = self.bins, self.weights
        parts = {"cluster": F.cross_entropy(logits["cluster"].float(), target["cluster"])}
        loss = w["cluster"] * parts["cluster"]
        there = target["cluster"] == 1
        if there.any():
            log_joint = F.log_softmax(logits["joint"].float()[there], 1)
            index = torch.zeros_like(target["cluster"])
            for name in bins.joint:
                index = index * bins.axes[name][2] + target[name]
            parts["joint"] = F.nll_loss(log_joint, index[there])
            loss = loss + w["joint"] * parts["joint"]
            histograms = {"joint": log_joint.exp()}
            for name in bins.single:
                log_p = F.log_softmax(logits[name].float()[there], 1)
                parts[name] = F.nll_loss(log_p, target[name][there])
                loss = loss + w["marginal"] * parts[name]
                histograms[name] = log_p.exp()
            for name, p in marginals(bins, histograms).items():
                truth = F.one_hot(target[name][there], p.shape[1]).to(p.dtype)
                score = (p - truth).cumsum(1).square().mean(1).mean()
                parts[f"ranked_{name}"] = score
                loss = loss + w["ranked"] * score
        return loss, {k: v.detach() for k, v in parts.items()}
