"""What a step of SGD and of Adam does to one number."""

import math


def sgd(
    value,
    gradients,
    *,
    lr,
    momentum=0,
    dampening=0,
    weight_decay=0,
    nesterov=False,
    maximize=False,
):
    """Return the value after each step, one step for each gradient.

    The velocity starts as the first gradient, to which dampening does not apply.
    """
    values, velocity = [], None
    for gradient in gradients:
        direction = -gradient if maximize else gradient
        direction += weight_decay * value
        if momentum:
            if velocity is None:
                velocity = direction
            else:
                velocity = momentum * velocity + (1 - dampening) * direction
            direction = direction + momentum * velocity if nesterov else velocity
        value -= lr * direction
        values.append(value)
    return values


def adam(
    value,
    gradients,
    *,
    lr,
    betas=(0.9, 0.999),
    eps=1e-8,
    weight_decay=0,
    decoupled=False,
    amsgrad=False,
    maximize=False,
):
    """Return the value after each step, one step for each gradient.

    Both averages start at zero, and are divided by the share of them that is not that
    zero. Decoupled weight decay shrinks the value, and does not enter the averages.
    """
    values, mean, square, largest = [], 0.0, 0.0, 0.0
    for count, gradient in enumerate(gradients, start=1):
        direction = -gradient if maximize else gradient
        if decoupled:
            value -= lr * weight_decay * value
        else:
            direction += weight_decay * value
        mean = betas[0] * mean + (1 - betas[0]) * direction
        square = betas[1] * square + (1 - betas[1]) * direction * direction
        largest = max(largest, square)
        scale = (largest if amsgrad else square) / (1 - betas[1] ** count)
        value -= lr * mean / (1 - betas[0] ** count) / (math.sqrt(scale) + eps)
        values.append(value)
    return values
