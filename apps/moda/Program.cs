using Moda.Cli;

return await CommandLine.RunAsync(args);
