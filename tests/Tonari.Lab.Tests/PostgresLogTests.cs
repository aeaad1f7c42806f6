using Tonari.Lab.Postgres;

namespace Tonari.Lab.Tests;

public sealed class PostgresLogTests
{
    [Theory]
    [InlineData("LOG:  database system was interrupted; last known up at 2030-01-01 00:00:00 UTC")]
    [InlineData("LOG:  database system was not properly shut down; automatic recovery in progress")]
    [InlineData("LOG:  redo starts at 0/1A2B3C4D")]
    [InlineData("LOG:  invalid record length at 0/1A2B3C4D: wanted 24, got 0")]
    [InlineData("FATAL:  the database system is starting up")]
    [InlineData("FATAL:  terminating connection due to administrator command")]
    [InlineData("Data page checksums are enabled.")]
    public void What_a_healthy_recovery_says_is_no_trouble(string line) => PostgresLog.Troubles(line).ShouldBeEmpty();

    [Theory]
    [InlineData("PANIC:  could not locate a valid checkpoint record")]
    [InlineData("WARNING:  page verification failed, calculated checksum 4321 but expected 1234")]
    [InlineData("ERROR:  invalid page in block 7 of relation base/5/16385")]
    [InlineData("FATAL:  could not open file \"pg_wal/000000010000000000000003\": No such file or directory")]
    [InlineData("LOG:  startup process (PID 27) was terminated by signal 6: Aborted")]
    [InlineData("ERROR:  missing chunk number 0 for toast value 16400 in pg_toast_2619")]
    public void What_a_damaged_one_says_is(string line) => PostgresLog.Troubles("LOG:  ready\n" + line).ShouldBe([line]);

    [Fact]
    public void A_record_that_was_refused_halfway_is_trouble_unless_it_is_the_last_and_writes_were_refused()
    {
        const string Torn = "UTC [17] LOG:  incorrect resource manager data checksum in record at 0/36A6BE0";
        const string Last = Torn + "\nUTC [17] LOG:  redo done at 0/36A6BA0 system usage: CPU: user: 0.02 s";
        PostgresLog.Troubles(Last, writesRefused: true).ShouldBeEmpty();
        PostgresLog.Troubles(Last).ShouldBe([Torn]);
        PostgresLog.Troubles(Torn + "\nUTC [17] LOG:  redo continues", writesRefused: true).ShouldBe([Torn]);
    }
}
