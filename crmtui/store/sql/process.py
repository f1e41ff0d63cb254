"""The child process as its parent has it: started, spoken to, waited for, and ended."""

import json
import os
import select
import signal
import struct
import threading
import time
from typing import Any

from crmtui.store.errors import CrmError
from crmtui.store.sql import failures, limits
from crmtui.store.sql.child import Question, serve
from crmtui.store.sql.confinement import address_space

_READY = (1.0, 2.0, 4.0, 8.0)
"""Seconds in which a child says that it is ready, at each attempt."""

_HEAD = struct.Struct("!I")
_FRAME = limits.ROW + (1 << 20)
"""Bytes of the largest frame that a child that is in its right mind sends."""


class Ended(Exception):
    """The child is gone before it said that it was done; `status` as of `waitpid`."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Process:
    """A child that answers one question.

    Args:
        question: what it is to answer.

    Raises:
        Refused: none got going.
    """

    def __init__(self, question: Question) -> None:
        self._left = question.seconds
        self._seconds = question.seconds
        self._guard = threading.Lock()
        self._status: int | None = 0
        self._received = bytearray()
        self._answered = 0
        for seconds in _READY:
            try:
                self._start(question)
                if self._is_ready(seconds):
                    return
            except BaseException:
                self.end()
                raise
            self.end()
        raise failures.failed()

    def _start(self, question: Question) -> None:
        inbox, self._to_child = os.pipe()
        self._from_child, outbox = os.pipe()
        self._received.clear()
        space = address_space()
        # A signal in between would make the child go on as if it were its parent.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            self._pid = os.fork()
            if not self._pid:
                serve(question, inbox, outbox, space)
            self._status = None
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            os.close(inbox)
            os.close(outbox)
        os.set_blocking(self._to_child, False)

    def _is_ready(self, seconds: float) -> bool:
        """Whether the child got going in time.

        Another thread may have held a lock of SQLite's just when the process was forked. In the
        child nobody ever gives that lock back; the next attempt finds it free.
        """
        left, self._left = self._left, seconds
        try:
            return self.receive()[0] == "ready"
        except (Ended, CrmError):
            return False
        finally:
            self._left = left

    def send(self, data: bytes) -> bool:
        """Give the child data; False when it takes no more, and has said why.

        Raises:
            Refused: it did not take them in time.
        """
        left = memoryview(data)
        while left:
            self._wait(self._to_child, select.POLLOUT)
            try:
                left = left[os.write(self._to_child, left) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                return False
        return True

    def sent(self) -> None:
        """Tell the child that there is no more."""
        os.close(self._to_child)
        self._to_child = -1

    def receive(self) -> list[Any]:
        """The next frame that the child sends: a word, and what belongs to it.

        Raises:
            Ended: it is gone.
            Refused: it did not answer in time, or said too much.
        """
        self._fill(_HEAD.size)
        size = _HEAD.unpack(self._received[: _HEAD.size])[0]
        self._answered += size
        if size > _FRAME or self._answered > limits.ANSWERED:
            raise failures.too_much_output()
        self._fill(_HEAD.size + size)
        frame = bytes(self._received[_HEAD.size : _HEAD.size + size])
        del self._received[: _HEAD.size + size]
        try:
            found = json.loads(frame)
        except (ValueError, RecursionError) as problem:
            raise failures.failed() from problem
        if not isinstance(found, list) or not found:
            raise failures.failed()
        return found

    def _fill(self, size: int) -> None:
        """Have so many bytes of what the child sends."""
        while len(self._received) < size:
            self._wait(self._from_child, select.POLLIN)
            data = os.read(self._from_child, 1 << 18)
            if not data:
                raise Ended(self.end(kill=False))
            self._received += data

    def _wait(self, descriptor: int, event: int) -> None:
        """Wait until a pipe can be used, for no longer than the question may take in all."""
        poll = select.poll()
        poll.register(descriptor, event)
        started = time.monotonic()
        ready = poll.poll(max(0.0, self._left) * 1000)
        self._left -= time.monotonic() - started
        if not ready:
            raise failures.too_slow(self._seconds)

    def kill(self) -> None:
        """End the child at once; any thread may."""
        with self._guard:
            if self._status is None:
                os.kill(self._pid, signal.SIGKILL)

    def end(self, *, kill: bool = True) -> int:
        """Be rid of the child, and return how it ended, as of `waitpid`.

        Args:
            kill: whether it may still be at work.
        """
        if self._status is None:
            if kill:
                self.kill()
            with self._guard:
                self._status = self._reaped()
            os.close(self._from_child)
            if self._to_child >= 0:
                os.close(self._to_child)
        return self._status

    def _reaped(self) -> int:
        try:
            return os.waitpid(self._pid, 0)[1]
        except ChildProcessError:  # somebody else waits for every child of this process
            return 0
