"""Learning by steps, in one or several processes that each see a part of every batch."""

import contextlib
import random
import tempfile
import os

import torch
import torch.distributed as together
import torch.multiprocessing as processes

AVERAGED = 10
"""Steps between two looks at the weights for their running average."""


def share_among(workers, work, *given):
    """Runs `work(rank, meeting, *given)` in so many processes. What was read before is shared, not read again by each."""
    with tempfile.TemporaryDirectory() as folder:
        told = (os.path.join(folder, "meeting"), *given)
        processes.start_processes(work, told, nprocs=workers, start_method="fork")


class Descent:
    """Steps down the slope of a loss: warmed up, then slower and slower; what is kept is a running average of the weights.

    @param total Steps that are planned. @param warm Steps until the full rate. @param meeting File that the processes
    know each other by."""

    def __init__(self, net, rate, total, warm, rank=0, workers=1, meeting=None):
        torch.set_num_threads(1)
        self.net, self.workers, self.steps = net, workers, 0
        if workers > 1:
            together.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=workers)
        self.average = {name: value.clone() for name, value in net.state_dict().items()}
        self.optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=0.02, betas=(0.9, 0.98))
        self.plan = torch.optim.lr_scheduler.LambdaLR(
            self.optimiser, lambda step: min((step + 1) / warm, max(0.02, 1 - step / total))
        )

    def step(self, loss):
        self.optimiser.zero_grad()
        loss.backward()
        if self.workers > 1:
            self.share_out()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimiser.step()
        self.plan.step()
        self.steps += 1
        if self.steps % AVERAGED == 0:
            keep = min(0.999**AVERAGED, self.steps / (self.steps + 100))
            with torch.no_grad():
                for name, value in self.net.state_dict().items():
                    self.average[name].mul_(keep).add_(value, alpha=1 - keep)

    def share_out(self):
        """Every worker goes on with the mean of what each has found for its share of the batch."""
        slopes = [p.grad for p in self.net.parameters()]
        flat = torch.cat([one.reshape(-1) for one in slopes]) / self.workers
        together.all_reduce(flat)
        for one, own in zip(slopes, flat.split([one.numel() for one in slopes])):
            one.copy_(own.view(one.shape))

    def least(self, count):
        """The least of the numbers that the workers have."""
        if self.workers == 1:
            return count
        shared = torch.tensor(count)
        together.all_reduce(shared, together.ReduceOp.MIN)
        return int(shared)

    @contextlib.contextmanager
    def averaged(self):
        """The running average in the place of the weights, to be judged; chance goes on as if nobody had looked."""
        state = random.getstate()
        mine = {name: value.clone() for name, value in self.net.state_dict().items()}
        self.net.load_state_dict(self.average)
        self.net.eval()
        with torch.no_grad():
            yield
        self.net.load_state_dict(mine)
        self.net.train()
        random.setstate(state)
