using System.Runtime.CompilerServices;

namespace Moda.Runtime.Options;

/// <summary>Refuses numbers of options by name where they are taken, before anything is computed with them.</summary>
internal static class OptionChecks
{
    /// <summary>Throws where a number is NaN, infinite or out of range.</summary>
    /// <param name="value">The number.</param>
    /// <param name="least">The least that is possible.</param>
    /// <param name="most">The most that is possible.</param>
    /// <param name="name">The option's name; the expression that <paramref name="value"/> is.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is NaN or out of range.</exception>
    public static void RequireRange(double value, double least, double most, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        // Not the opposite comparison: NaN is neither less nor more than anything.
        if (!(value >= least && value <= most))
        {
            throw new ArgumentOutOfRangeException(
                name, value, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name} must be a number from {least} to {most}, not {value}."));
        }
    }

    /// <summary>Throws where a value is not defined by its enumeration.</summary>
    /// <param name="value">The value.</param>
    /// <param name="name">The option's name; the expression that <paramref name="value"/> is.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is none of them.</exception>
    public static void RequireDefined<TEnum>(TEnum value, [CallerArgumentExpression(nameof(value))] string name = "")
        where TEnum : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be one of {string.Join(", ", Enum.GetNames<TEnum>())}.");
        }
    }

    /// <summary>Throws where options contradict each other or what they are for.</summary>
    /// <param name="holds">Whether they are right.</param>
    /// <param name="message">What is wrong, and what to do.</param>
    /// <exception cref="ArgumentException">They are not.</exception>
    public static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new ArgumentException(message);
        }
    }
}
