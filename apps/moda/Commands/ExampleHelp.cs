using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Moda.Cli.Commands;

/// <summary>Adds a list of examples to a command's help.</summary>
internal static class ExampleHelp
{
    /// <summary>Shows the examples below the command's options.</summary>
    public static TCommand WithExamples<TCommand>(this TCommand command, params string[] examples)
        where TCommand : Command
    {
        HelpOption? help = command.Options.OfType<HelpOption>().FirstOrDefault();
        if (help is null)
        {
            help = new HelpOption();
            command.Options.Add(help);
        }

        help.Action = new ActionWithExamples((HelpAction)help.Action!, examples);
        return command;
    }

    private sealed class ActionWithExamples(HelpAction help, string[] examples) : SynchronousCommandLineAction
    {
        /// <summary>Help is shown whatever else the command line lacks.</summary>
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            int result = help.Invoke(parseResult);
            TextWriter output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (string example in examples)
            {
                output.WriteLine($"  {example}");
            }

            output.WriteLine();
            return result;
        }
    }
}
