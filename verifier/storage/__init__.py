"""What is kept: tables, repositories, unit of work, migrations, files; knows nothing of HTTP."""
