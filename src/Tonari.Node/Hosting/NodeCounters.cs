using System.Globalization;
using System.Text;

namespace Tonari.Node.Hosting;

/// <summary>What this program counts, as Prometheus text (exposition format 0.0.4).</summary>
internal sealed class NodeCounters
{
    private long _sent;
    private long _received;
    private long _groups;
    private long _frozenMicroseconds;
    private int _damagedFiles;

    /// <summary>Bytes of volume deltas sent, complete ones or not.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Bytes of volume deltas received, complete ones or not.</summary>
    public long Received => Interlocked.Read(ref _received);

    public void BytesSent(long bytes) => Interlocked.Add(ref _sent, bytes);

    public void BytesReceived(long bytes) => Interlocked.Add(ref _received, bytes);

    /// <summary>Files of open pools that are damaged.</summary>
    public void FilesDamaged(int count) => Volatile.Write(ref _damagedFiles, count);

    public void GroupTaken(TimeSpan frozenFor)
    {
        Interlocked.Increment(ref _groups);
        Interlocked.Add(ref _frozenMicroseconds, (long)frozenFor.TotalMicroseconds);
    }

    public string Write(int pools, int volumes)
    {
        var text = new StringBuilder();
        Append(text, "tonari_node_sent_bytes_total", "counter", "Bytes of volume deltas sent, complete ones or not", Sent);
        Append(text, "tonari_node_received_bytes_total", "counter", "Bytes of volume deltas received, complete ones or not", Received);
        Append(text, "tonari_node_group_snapshots_total", "counter", "Group snapshots taken", Interlocked.Read(ref _groups));
        Append(text, "tonari_node_frozen_seconds_total", "counter", "Time filesystems stood still for group snapshots", Interlocked.Read(ref _frozenMicroseconds) / 1e6);
        Append(text, "tonari_node_pools", "gauge", "Open storage pools", pools);
        Append(text, "tonari_node_volumes", "gauge", "Volumes in open storage pools", volumes);
        Append(text, "tonari_node_damaged_files", "gauge", "Small files of open storage pools that are damaged; see the StoragePools' condition Damaged", Volatile.Read(ref _damagedFiles));
        return text.ToString();
    }

    private static void Append(StringBuilder text, string name, string type, string help, double value) =>
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n{name} {value}\n");
}
