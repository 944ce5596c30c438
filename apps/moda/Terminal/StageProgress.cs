using System.Text;
using Spectre.Console;

namespace Moda.Cli.Terminal;

/// <summary>
/// Shows long stages on standard error: a bar with rate and time left where it is a terminal, nothing elsewhere,
/// so that logs stay plain.
/// </summary>
internal sealed class StageProgress
{
    private readonly Dictionary<string, ProgressTask> tasks = [];
    private readonly Lock tasksLock = new();
    private ProgressContext? context;

    /// <summary>Standard error as bars need it, with their orders to the terminal.</summary>
    public static TextWriter Error { get; set; } = TextWriter.Null;

    private StageProgress()
    {
    }

    /// <summary>Runs work that reports its stages.</summary>
    public static async Task<TResult> RunAsync<TResult>(Func<StageProgress, Task<TResult>> work)
    {
        var progress = new StageProgress();
        if (Console.IsErrorRedirected)
        {
            return await work(progress);
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new TerminalOutput(Error) });
        return await console.Progress()
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn { Width = 30 },
                new PercentageColumn(),
                new RateColumn(),
                new RemainingTimeColumn())
            .StartAsync(async started =>
            {
                progress.context = started;
                return await work(progress);
            });
    }

    /// <summary>Reports how far a stage has come.</summary>
    /// <param name="stage">Its name, shown in front of its bar.</param>
    /// <param name="completed">Units done.</param>
    /// <param name="total">Units in all; 0 while that is not known.</param>
    public void Report(string stage, double completed, double total)
    {
        if (context is null)
        {
            return;
        }

        lock (tasksLock)
        {
            if (!tasks.TryGetValue(stage, out ProgressTask? task))
            {
                task = context.AddTask(stage);
                tasks.Add(stage, task);
            }

            task.IsIndeterminate = total <= 0;
            task.MaxValue = Math.Max(total, 1);
            task.Value = completed;
        }
    }

    /// <summary>Standard error, known to be a terminal.</summary>
    private sealed class TerminalOutput(TextWriter error) : IAnsiConsoleOutput
    {
        private readonly AnsiConsoleOutput output = new(error);

        public TextWriter Writer => error;

        public bool IsTerminal => true;

        public int Width => output.Width;

        public int Height => output.Height;

        public void SetEncoding(Encoding encoding) => output.SetEncoding(encoding);
    }
}
