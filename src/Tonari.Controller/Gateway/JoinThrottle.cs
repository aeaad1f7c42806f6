using System.Net;

namespace Tonari.Controller.Gateway;

/// <summary>
/// Bounds how often strangers may try tokens. Guessing 256 bits is hopeless anyway; what is bounded is the work and the log lines an attempt costs.
/// </summary>
internal sealed class JoinThrottle(TimeProvider time)
{
    /// <summary>Attempts of one address within <see cref="Window"/>: a person who mistypes.</summary>
    public const int PerAddress = 10;

    /// <summary>Attempts of all addresses together within <see cref="Window"/>.</summary>
    public const int Together = 100;

    /// <summary>What attempts are counted over.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _attempts = [];
    private long _windowStart = time.GetTimestamp();
    private int _all;

    /// <summary>Whether this attempt may go on.</summary>
    public bool Admit(IPAddress? address)
    {
        lock (_lock)
        {
            if (time.GetElapsedTime(_windowStart) >= Window)
            {
                _attempts.Clear();
                _all = 0;
                _windowStart = time.GetTimestamp();
            }
            if (_all >= Together)
                return false;
            var key = address ?? IPAddress.None;
            var count = _attempts.GetValueOrDefault(key);
            if (count >= PerAddress)
                return false;
            _attempts[key] = count + 1;
            _all++;
            return true;
        }
    }
}
