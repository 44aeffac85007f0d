<?php
// The real think-queue 2.0 on ThinkPHP 5.1, from QUEUE_TEST_THINK_QUEUE: a folder with the sources of topthink/framework in
// `framework`, topthink/think-queue in `queue` and topthink/think-helper 1.0 in `helper`.

namespace app\job {
    class J
    {
        public function fire($job, $data)
        {
            handle($data, $job->attempts());
            $job->delete();
        }
    }

    // Sends a message, and then has something to do in a database whose connection is killed in its first run, and only then.
    class Text
    {
        public function fire($job, $data)
        {
            echo "sent {$job->attempts()}\n";
            if ($job->attempts() === 1) {
                [['id' => $id]] = \think\Db::query('SELECT CONNECTION_ID() AS id');
                (new \PDO('mysql:host=127.0.0.1;port=' . getenv('QUEUE_TEST_DB_PORT'), 'root', ''))->exec("KILL CONNECTION $id");
            }
            \think\Db::execute('SELECT 1');
            $job->delete();
        }
    }
}

namespace {
    $home = getenv('QUEUE_TEST_THINK_QUEUE');
    require "$home/framework/base.php";
    require __DIR__ . '/handle.php';

    // PHP 8 calls much of ThinkPHP 5.1 deprecated, and its own handler makes exceptions of that.
    $quiet = function () {
        error_reporting(E_ALL & ~E_DEPRECATED & ~E_NOTICE & ~E_WARNING);
        set_error_handler(null);
    };
    $quiet();
    think\Loader::addNamespace('think', "$home/queue/src");
    think\Loader::addNamespace('think\helper', "$home/helper/src");
    $root = sys_get_temp_dir() . '/thinkq-php-' . getmypid() . '/';
    mkdir("{$root}application", 0777, true);
    think\Container::get('app')->path("{$root}application/")->initialize();
    $quiet();
    foreach (['runtime', 'application'] as $folder) @rmdir($root . $folder);
    @rmdir($root);

    [, $store, $port, $task] = $argv;
    think\facade\Config::set([
        'type' => 'mysql', 'hostname' => '127.0.0.1', 'hostport' => getenv('QUEUE_TEST_DB_PORT') ?: $port, 'database' => 'test', 'username' => 'root',
        'password' => '', 'charset' => 'utf8', 'prefix' => '',
    ], 'database');
    think\Db::init(think\facade\Config::pull('database'));
    think\facade\Config::set($store === 'redis'
        ? ['connector' => 'Redis', 'host' => '127.0.0.1', 'port' => (int) $port, 'expire' => 60, 'default' => 'default']
        : ['connector' => 'Database', 'table' => 'jobs', 'expire' => 60, 'default' => 'default'], 'queue');

    if ($task === 'push') {
        for ($n = (int) $argv[4]; $n < (int) $argv[5]; $n++) think\Queue::push('J', ['n' => $n]);
        exit;
    }
    $worker = new think\queue\Worker();
    echo "working\n";
    while (true) {
        try {
            if ($worker->pop(null, 0, 0, 0)['job'] === null) usleep(1000);
        } catch (Throwable $error) {
            if ($error->getMessage() !== 'meant to fail') fwrite(STDERR, get_class($error) . ': ' . $error->getMessage() . "\n");
        }
    }
}
