using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Tonari.Controller.Tests.Support;

/// <summary>Keeps what is logged, so that a test can read it.</summary>
internal sealed class LogBook : ILoggerProvider
{
    public ConcurrentQueue<string> Lines { get; } = [];

    public ILogger CreateLogger(string categoryName) => new Writer(this);

    public void Dispose()
    {
    }

    private sealed class Writer(LogBook book) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            book.Lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception?.Message}");
    }
}
