using System.Globalization;

namespace Moda.Cli.Terminal;

/// <summary>A table of facts: a line for each, its name in front.</summary>
/// <param name="writer">Where it goes.</param>
internal sealed class FactTable(TextWriter writer)
{
    /// <summary>Writes a fact. Its numbers look the same in every language.</summary>
    public void Line(string name, FormattableString value) => writer.WriteLine($"{name + ":",-20}{value.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>Writes a time and its share of another. Stages overlap: their shares need not make up 100 %.</summary>
    public void Share(string name, TimeSpan time, TimeSpan total) => Line(name, $"{Seconds(time)} ({100 * time / total:0} % of the time)");

    /// <summary>A time in seconds.</summary>
    public static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.000} s");
}
