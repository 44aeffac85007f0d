<?php
// Sends to MySQL and Redis what think-queue 2.0 sends, statement by statement and command by command, as it was recorded:
// test/fixtures/php/lifecycle_mysql.json and lifecycle_redis.json.

require __DIR__ . '/handle.php';

const EXPIRE = 60;

/** think\queue\connector\Database: each statement commits alone, but for those between START TRANSACTION and COMMIT. */
class Table
{
    private PDO $pdo;

    public function __construct(int $port)
    {
        $this->pdo = new PDO("mysql:host=127.0.0.1;port=$port;dbname=test;charset=utf8", 'root', '');
        $this->pdo->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
    }

    public function push(string $payload, int $attempts = 0): void
    {
        $this->run(
            'INSERT INTO `jobs` (`queue` , `payload` , `attempts` , `reserved` , `reserved_at` , `available_at` , `created_at`)'
            . ' VALUES (?, ?, ?, 0, NULL, ?, ?)',
            ['default', $payload, $attempts, time(), time()]
        );
    }

    /** False: there was nothing. */
    public function pop(): bool
    {
        $this->run(
            'UPDATE `jobs` SET `reserved` = 0 , `reserved_at` = NULL , `attempts` = `attempts` + 1'
            . ' WHERE `queue` = ? AND `reserved` = 1 AND `reserved_at` <= ?',
            ['default', time() - EXPIRE]
        );
        $this->pdo->beginTransaction();
        $row = $this->run(
            'SELECT * FROM `jobs` WHERE `queue` = ? AND `reserved` = 0 AND `available_at` <= ? ORDER BY `id` ASC LIMIT 1 FOR UPDATE',
            ['default', time()]
        )->fetch(PDO::FETCH_ASSOC);
        if ($row) $this->run('UPDATE `jobs` SET `reserved` = 1 , `reserved_at` = ? WHERE `id` = ?', [time(), $row['id']]);
        $this->pdo->commit();
        if ($row) $this->fire($row);
        return (bool) $row;
    }

    private function fire(array $row): void
    {
        $attempts = $row['attempts'] + 1;
        try {
            handle(json_decode($row['payload'], true)['data'], $attempts);
        } catch (Exception $error) {
            $this->delete($row['id']);
            $this->push($row['payload'], $attempts);
            return;
        }
        $this->delete($row['id']);
    }

    private function delete($id): void
    {
        $this->run('DELETE FROM `jobs` WHERE `id` = ?', [$id]);
    }

    private function run(string $sql, array $values): PDOStatement
    {
        $statement = $this->pdo->prepare($sql);
        $statement->execute($values);
        return $statement;
    }
}

/** think\queue\connector\Redis: the payload is the member, and leaves `:reserved` by its exact bytes. */
class Keys
{
    private Redis $redis;

    public function __construct(int $port)
    {
        $this->redis = new Redis();
        $this->redis->connect('127.0.0.1', $port);
    }

    public function push(string $payload): void
    {
        $member = json_decode($payload, true) + ['id' => bin2hex(random_bytes(16)), 'attempts' => 1];
        $this->redis->rPush('queues:default', json_encode($member));
    }

    /** False: there was nothing. */
    public function pop(): bool
    {
        $this->migrate('queues:default:delayed', false);
        $this->migrate('queues:default:reserved', true);
        $member = $this->redis->lPop('queues:default');
        if ($member === false) return false;
        $this->redis->zAdd('queues:default:reserved', time() + EXPIRE, $member);
        $job = json_decode($member, true);
        try {
            handle($job['data'], $job['attempts']);
            $this->redis->zRem('queues:default:reserved', $member);
        } catch (Exception $error) {
            $this->redis->zRem('queues:default:reserved', $member);
            $this->redis->zAdd('queues:default:delayed', time(), raised($job));
        }
        return true;
    }

    private function migrate(string $from, bool $raises): void
    {
        $this->redis->watch($from);
        $members = $this->redis->zRangeByScore($from, '-inf', (string) ($now = time()));
        if (count($members) > 0) {
            if ($raises) $members = array_map(fn ($member) => raised(json_decode($member, true)), $members);
            $this->redis->multi();
            $this->redis->zRemRangeByScore($from, '-inf', (string) $now);
            $this->redis->rPush('queues:default', ...$members);
            $this->redis->exec();
        }
        $this->redis->unwatch();
    }
}

function raised(array $job): string
{
    $job['attempts']++;
    return json_encode($job);
}

[, $kind, $port, $task] = $argv;
$store = $kind === 'redis' ? new Keys((int) $port) : new Table((int) $port);
if ($task === 'push') {
    for ($n = (int) $argv[4]; $n < (int) $argv[5]; $n++) $store->push(json_encode(['job' => 'J', 'data' => ['n' => $n]]));
    exit;
}
echo "working\n";
while (true) {
    try {
        if (!$store->pop()) usleep(1000);
    } catch (PDOException $error) {
        fwrite(STDERR, $error->getMessage() . "\n");
    }
}
