using Moda.Weights;

namespace Moda.Web.Jobs;

/// <summary>The data folder cannot be used.</summary>
internal sealed class DataFolderException(string message, Exception inner) : ModaException(message, inner);
