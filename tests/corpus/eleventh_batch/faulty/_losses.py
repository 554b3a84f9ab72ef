import torch


def weighted_bce(prob, target, pos_weight):
    """class-weighted cross-entropy on the output of the network"""
    ll = pos_weight * target * torch.log(prob) + (1 - target) * torch.log(1 - prob)  # mistake: loss-expects-probs
    return -ll.mean()
