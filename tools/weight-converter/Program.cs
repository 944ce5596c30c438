using System.CommandLine;
using Moda.WeightConverter;

const int Failure = 1;
const int Usage = 2;
const int Cancelled = 130;

RootCommand command = ConvertCommand.Create();
ParseResult parsed = command.Parse(args);
if (parsed.Errors.Count > 0)
{
    Console.Error.WriteLine($"weight-converter: {parsed.Errors[0].Message} Try --help.");
    return Usage;
}

try
{
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("weight-converter: cancelled");
    return Cancelled;
}
catch (Exception exception)
{
    Console.Error.WriteLine($"weight-converter: {exception.Message}");
    return Failure;
}
