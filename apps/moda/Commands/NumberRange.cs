using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Moda.Cli.Commands;

/// <summary>Limits numbers of the command line to a range.</summary>
internal static class NumberRange
{
    /// <summary>Refuses values of an option outside a range, and NaN.</summary>
    public static Option<T> AcceptOnlyRange<T>(this Option<T> option, double lowest, double highest)
    {
        option.Validators.Add(result => Validate(result, option.Name, lowest, highest));
        return option;
    }

    /// <summary>Refuses values of an argument outside a range.</summary>
    public static Argument<T> AcceptOnlyRange<T>(this Argument<T> argument, double lowest, double highest)
    {
        argument.Validators.Add(result => Validate(result, argument.Name, lowest, highest));
        return argument;
    }

    /// <summary>Refuses words that are not numbers of a range.</summary>
    public static void Validate(SymbolResult result, string name, double lowest, double highest)
    {
        // The words are read here, because the parser throws when a validator asks for the value of a word that is not a number.
        foreach (Token token in result.Tokens)
        {
            bool isNumber = double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double given);
            if (!isNumber || !(given >= lowest && given <= highest))
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} must be from {lowest} to {highest}, not {token.Value}."));
            }
        }
    }
}
