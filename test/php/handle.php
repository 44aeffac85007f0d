<?php
/** The job of these tests: every fifth fails in its first two runs. Each run is a line of the output. */
function handle(array $data, int $attempts): void
{
    $fails = $data['n'] % 5 === 0 && $attempts <= 2;
    usleep(500);
    echo "ran {$data['n']} $attempts\n";
    if ($fails) throw new Exception('meant to fail');
}
