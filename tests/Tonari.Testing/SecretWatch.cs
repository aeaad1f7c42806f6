using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Tonari.Testing;

/// <summary>Collects everything that is logged, at every level and with whole exceptions, and what else is shown to anybody; finds secrets in it.</summary>
public sealed class SecretWatch : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _texts = [];

    /// <summary>How many texts there are: a watch that has seen nothing proves nothing.</summary>
    public int Count => _texts.Count;

    /// <summary>Somebody is shown this: a status, an event, an answer, a line of a program.</summary>
    public void Shown(string? text)
    {
        if (text is not null)
            _texts.Enqueue(text);
    }

    /// <summary>The texts that hold one of the secrets: as it is, in Base64 at any alignment, percent-encoded, or the ends of it that are long enough to know it by.</summary>
    public IReadOnlyList<string> Leaks(params IReadOnlyList<string> secrets)
    {
        var forms = secrets.SelectMany(Forms).Distinct(StringComparer.Ordinal).ToList();
        return [.. _texts.Where(text => forms.Any(form => text.Contains(form, StringComparison.OrdinalIgnoreCase)))];
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Writer(this);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static IEnumerable<string> Forms(string secret)
    {
        yield return secret;
        yield return Uri.EscapeDataString(secret);
        for (var shift = 0; shift < 3; shift++)
        {
            // What comes before shifts the Base64; of its edges nothing is sure.
            var text = Convert.ToBase64String([.. new byte[shift], .. Encoding.UTF8.GetBytes(secret)]).TrimEnd('=');
            yield return text[(shift == 0 ? 0 : 4)..^2];
        }
    }

    private sealed class Writer(SecretWatch watch) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            watch.Shown(state.ToString());
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            watch.Shown($"{formatter(state, exception)} {exception}");
    }
}
