/** The table as the migration of think-queue 2.0 makes it. */
export function phpJobsTable(name: string): string {
  return `CREATE TABLE \`${name}\` (
    \`id\` int(11) NOT NULL AUTO_INCREMENT,
    \`queue\` varchar(255) NOT NULL,
    \`payload\` longtext NOT NULL,
    \`attempts\` tinyint(3) unsigned NOT NULL,
    \`reserved\` tinyint(3) unsigned NOT NULL,
    \`reserved_at\` int(10) unsigned DEFAULT NULL,
    \`available_at\` int(10) unsigned NOT NULL,
    \`created_at\` int(10) unsigned NOT NULL,
    PRIMARY KEY (\`id\`)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8`
}
