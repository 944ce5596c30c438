using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Moda.Extensions.Hosting.Telemetry;

/// <summary>The names under which this package reports, for <c>AddMeter</c> and <c>AddSource</c> of OpenTelemetry. docs/embedding.md has all instruments.</summary>
public static class ModaTelemetry
{
    /// <summary>The meter.</summary>
    public const string MeterName = "Moda";

    /// <summary>The source of traces.</summary>
    public const string SourceName = "Moda";

    /// <summary>Begins spans.</summary>
    internal static ActivitySource Source { get; } = new(SourceName);

    /// <summary>The meter that instruments belong to.</summary>
    /// <param name="factory">The host's; null for a meter of its own.</param>
    internal static Meter CreateMeter(IMeterFactory? factory) => factory?.Create(MeterName) ?? new Meter(MeterName);
}
